#include "emulator/gateway/control/certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

namespace stator::gateway::control {

std::string new_certificate(int64_t from_ms, int64_t until_ms) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
  if (!key || !certificate || !text) throw std::runtime_error("a client certificate could not be made");
  X509* c = certificate.get();
  X509_set_version(c, 2);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(c), from_ms);
  ASN1_TIME_set(X509_getm_notBefore(c), static_cast<time_t>(from_ms / 1000));
  ASN1_TIME_set(X509_getm_notAfter(c), static_cast<time_t>(until_ms / 1000));
  X509_set_pubkey(c, key.get());
  X509_NAME* name = X509_get_subject_name(c);
  for (const auto& [field, value] : {std::pair{"CN", "ApiGateway"}, {"C", "US"}, {"L", "Seattle"}})
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(value), -1, -1, 0);
  X509_set_issuer_name(c, name);
  if (X509_sign(c, key.get(), EVP_sha256()) == 0 || PEM_write_bio_X509(text.get(), c) != 1)
    throw std::runtime_error("a client certificate could not be signed");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<size_t>(size)};
}

}  // namespace stator::gateway::control
