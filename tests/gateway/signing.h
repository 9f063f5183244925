// An issuer for tests: an RSA key, its JSON Web Key Set, and tokens signed with it.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>

#include "protocol/value/base64.h"

namespace stator::gateway {

inline std::string base64url(std::string_view bytes) {
  std::string out;
  append_base64(bytes, out);
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

class Signer {
 public:
  explicit Signer(std::string id) : id_(std::move(id)), key_(EVP_RSA_gen(2048), EVP_PKEY_free) {}

  std::string key_set() const {
    return R"({"keys":[{"kty":"EC","kid":"other","crv":"P-256"},{"kty":"RSA","alg":"RS256","use":"sig","kid":")" + id_ +
           R"(","n":")" + number(OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E) + R"("}]})";
  }

  std::string token(const std::string& claims, const std::string& algorithm = "RS256", std::string id = {}) const {
    const std::string text = base64url(R"({"alg":")" + algorithm + R"(","kid":")" + (id.empty() ? id_ : id) + R"("})") +
                             "." + base64url(claims);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    size_t size = 0;
    EVP_DigestSignInit(context.get(), nullptr, algorithm == "RS512" ? EVP_sha512() : EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size());
    signature.resize(size);
    return text + "." + base64url(signature);
  }

 private:
  std::string number(const char* name) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    std::string bytes(static_cast<size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(value);
    return base64url(bytes);
  }

  std::string id_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

}  // namespace stator::gateway
