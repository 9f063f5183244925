#include "protocol/http/tls.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>

namespace stator::http {
namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, Freer<X509_free>>;

// OpenSSL's own words for what went wrong last; the queue is emptied.
std::string last_error() {
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  return reason ? reason : "unknown error";
}

void add_extension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  if (!extension) throw ListenError("Cannot make a certificate: " + last_error() + ".");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Valid from a day ago for 825 days, the longest that Apple's clients accept.
void use_fresh_certificate(SSL_CTX* context, const std::vector<std::string>& more_names) {
  KeyPtr key(EVP_EC_gen("P-256"));
  CertificatePtr certificate(X509_new());
  if (!key || !certificate) throw ListenError("Cannot make a certificate: " + last_error() + ".");
  X509_set_version(certificate.get(), 2);
  BIGNUM* serial = BN_new();
  BN_rand(serial, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate.get()));
  BN_free(serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 824L * 86400);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  std::string names = "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1";
  for (const std::string& each : more_names) names += ",DNS:" + each;
  add_extension(certificate.get(), NID_subject_alt_name, names.c_str());
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature,keyCertSign");
  add_extension(certificate.get(), NID_ext_key_usage, "serverAuth");
  add_extension(certificate.get(), NID_subject_key_identifier, "hash");
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0 ||
      SSL_CTX_use_certificate(context, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    throw ListenError("Cannot make a certificate: " + last_error() + ".");
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned int in_length, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  int found = SSL_select_next_proto(&chosen, out_length, kHttp11, sizeof kHttp11 - 1, in, in_length);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

class OpenSslSession final : public TlsSession {
 public:
  explicit OpenSslSession(SSL* ssl) : ssl_(ssl) {}
  ~OpenSslSession() override { SSL_free(ssl_); }

  ssize_t read(char* into, size_t size) override {
    ERR_clear_error();
    int got = SSL_read(ssl_, into, static_cast<int>(std::min<size_t>(size, INT_MAX)));
    return got > 0 ? got : outcome(got);
  }
  ssize_t write(const char* from, size_t size) override {
    ERR_clear_error();
    int put = SSL_write(ssl_, from, static_cast<int>(std::min<size_t>(size, INT_MAX)));
    if (put > 0) return put;
    ssize_t result = outcome(put);
    return result == 0 ? kBroken : result;
  }
  void say_goodbye() override {
    if (broken_ || !SSL_is_init_finished(ssl_)) return;
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }

 private:
  ssize_t outcome(int result) {
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return kWouldBlock;
      case SSL_ERROR_ZERO_RETURN:
        return 0;
      default:
        // Among them a plain HTTP request to the TLS port, and a peer that leaves without close_notify.
        broken_ = true;
        ERR_clear_error();
        return kBroken;
    }
  }

  SSL* ssl_;
  bool broken_ = false;
};

}  // namespace

struct TlsContext::State {
  std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>> context;
  bool self_signed = false;
};

TlsContext::TlsContext(const TlsOptions& options) : state_(std::make_unique<State>()) {
  state_->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = state_->context.get();
  if (!context) throw ListenError("Cannot set up TLS: " + last_error() + ".");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // RELEASE_BUFFERS: an idle connection does not hold its 2 x 16 KB of record buffers.
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  if (options.self_signed) {
    if (!options.certificate_file.empty() || !options.key_file.empty())
      throw ListenError("Choose either a TLS certificate of your own or a self-signed one, not both.");
    use_fresh_certificate(context, options.names);
    state_->self_signed = true;
    return;
  }
  if (options.certificate_file.empty() || options.key_file.empty())
    throw ListenError("TLS needs both a certificate file and a key file.");
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1)
    throw ListenError("Cannot use the TLS certificate file " + options.certificate_file + ": " + last_error() + ".");
  if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    throw ListenError("Cannot use the TLS key file " + options.key_file + ": " + last_error() + ".");
  if (SSL_CTX_check_private_key(context) != 1)
    throw ListenError("The TLS key " + options.key_file + " does not belong to the certificate " +
                      options.certificate_file + ".");
}

TlsContext::~TlsContext() = default;

std::string TlsContext::self_signed_certificate() const {
  if (!state_->self_signed) return {};
  BioPtr memory(BIO_new(BIO_s_mem()));
  if (!memory || PEM_write_bio_X509(memory.get(), SSL_CTX_get0_certificate(state_->context.get())) != 1) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : std::string();
}

std::unique_ptr<TlsSession> TlsContext::accept(int descriptor) const {
  SSL* ssl = SSL_new(state_->context.get());
  if (!ssl) return nullptr;
  auto session = std::make_unique<OpenSslSession>(ssl);
  SSL_set_accept_state(ssl);
  return SSL_set_fd(ssl, descriptor) == 1 ? std::move(session) : nullptr;
}

}  // namespace stator::http
