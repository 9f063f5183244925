// A JSON Web Key Set: RSA public keys by id, and the check of one signature. Knows no token and no issuer. Keys that
// are not RSA, or not for signatures, are passed over.
//
// Immutable once read; any thread may verify.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct evp_pkey_st;

namespace stator::gateway {

class KeySet {
 public:
  // Null, and `problem` in words, when the text is no key set.
  static std::shared_ptr<const KeySet> parse(std::string_view json, std::string& problem);
  static std::shared_ptr<const KeySet> read_file(const std::string& path, std::string& problem);

  bool has(std::string_view id) const { return find(id) != nullptr; }
  size_t size() const { return keys_.size(); }
  // `algorithm`: RS256, RS384 or RS512; false for any other.
  bool verify(std::string_view id, std::string_view algorithm, std::string_view text, std::string_view signature) const;

 private:
  using Key = std::shared_ptr<evp_pkey_st>;
  evp_pkey_st* find(std::string_view id) const;

  std::vector<std::pair<std::string, Key>> keys_;
};

}  // namespace stator::gateway
