#include "protocol/http/tls.h"

namespace stator::http {
struct TlsContext::State {};
TlsContext::TlsContext(const TlsOptions&) { throw ListenError("TLS is not there yet."); }
TlsContext::~TlsContext() = default;
std::unique_ptr<TlsSession> TlsContext::accept(int) const { return nullptr; }
}  // namespace stator::http
