#include "emulator/gateway/authorizers/key_set.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <fstream>

#include "emulator/gateway/authorizers/jwt.h"
#include "protocol/json/json_value.h"

namespace stator::gateway {
namespace {

constexpr size_t kMaxFile = 1u << 20;

using BigNumber = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

BigNumber big_number(const JsonValue* text) {
  BigNumber none(nullptr, BN_free);
  if (!text || !text->is_string()) return none;
  const std::optional<std::string> bytes = decode_base64url(text->text());
  if (!bytes || bytes->empty()) return none;
  return {BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes->data()), static_cast<int>(bytes->size()), nullptr),
          BN_free};
}

std::shared_ptr<EVP_PKEY> rsa_key(const BIGNUM* modulus, const BIGNUM* exponent) {
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(OSSL_PARAM_BLD_new(),
                                                                                OSSL_PARAM_BLD_free);
  if (!builder || !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus) ||
      !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent))
    return nullptr;
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(OSSL_PARAM_BLD_to_param(builder.get()),
                                                                           OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) <= 0)
    return nullptr;
  return {key, EVP_PKEY_free};
}

}  // namespace

std::shared_ptr<const KeySet> KeySet::parse(std::string_view json, std::string& problem) {
  Arena arena;
  const JsonParse parsed = parse_json(json, arena);
  const JsonValue* keys = parsed.fault == JsonFault::kNone ? parsed.root.find("keys") : nullptr;
  if (!keys || !keys->is_array()) {
    problem = "no JSON Web Key Set: expected {\"keys\": [...]}";
    return nullptr;
  }
  auto set = std::make_shared<KeySet>();
  for (const JsonValue& each : keys->elements()) {
    const JsonValue* type = each.find("kty");
    const JsonValue* use = each.find("use");
    if (!type || !type->is_string() || type->text() != "RSA") continue;
    if (use && use->is_string() && use->text() != "sig") continue;
    const BigNumber modulus = big_number(each.find("n")), exponent = big_number(each.find("e"));
    const JsonValue* id = each.find("kid");
    std::shared_ptr<EVP_PKEY> key = modulus && exponent ? rsa_key(modulus.get(), exponent.get()) : nullptr;
    if (!key) {
      problem = "a key of type RSA has no usable n and e";
      return nullptr;
    }
    set->keys_.emplace_back(id && id->is_string() ? std::string(id->text()) : std::string(), std::move(key));
  }
  return set;
}

std::shared_ptr<const KeySet> KeySet::read_file(const std::string& path, std::string& problem) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if ((!file && !file.eof()) || text.size() > kMaxFile) {
    problem = "cannot be read";
    return nullptr;
  }
  return parse(text, problem);
}

evp_pkey_st* KeySet::find(std::string_view id) const {
  for (const auto& [name, key] : keys_)
    if (name == id) return key.get();
  return nullptr;
}

bool KeySet::verify(std::string_view id, std::string_view algorithm, std::string_view text,
                    std::string_view signature) const {
  const EVP_MD* digest = algorithm == "RS256"   ? EVP_sha256()
                         : algorithm == "RS384" ? EVP_sha384()
                         : algorithm == "RS512" ? EVP_sha512()
                                                : nullptr;
  EVP_PKEY* key = find(id);
  if (!digest || !key) return false;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

}  // namespace stator::gateway
