// TLS for the door, over OpenSSL: a context that all connections share and a session for each. Non-blocking: a session
// reads and writes its socket itself and says when it must wait. Only http/1.1 is offered by ALPN; TLS 1.2 and newer.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>

#include "protocol/http/http_server.h"

namespace stator::http {

// What a transport's read or write may answer besides a count of bytes.
inline constexpr ssize_t kWouldBlock = -1;
inline constexpr ssize_t kBroken = -2;
// read() answers 0 at the end of what the peer sends.

class TlsSession {
 public:
  virtual ~TlsSession() = default;
  virtual ssize_t read(char* into, size_t size) = 0;
  virtual ssize_t write(const char* from, size_t size) = 0;
  virtual void say_goodbye() = 0;  // close_notify, if it fits
};

class TlsContext {
 public:
  explicit TlsContext(const TlsOptions& options);  // throws ListenError with a sentence about the file at fault
  ~TlsContext();
  std::unique_ptr<TlsSession> accept(int descriptor) const;
  std::string self_signed_certificate() const;  // PEM; empty when the certificate is the owner's

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stator::http
