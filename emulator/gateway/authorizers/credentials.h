// The access keys that the owner gave, from a file in the form of ~/.aws/credentials: each profile is a user of the
// account. Read once; plain values after that.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stator::gateway {

struct Credential {
  std::string user;  // the profile's name
  std::string access_key;
  std::string secret;
  std::string session_token;
};

class Credentials {
 public:
  // Throws std::runtime_error, "file:line: text", for what cannot be read.
  static Credentials read_file(const std::string& path);

  bool empty() const { return all_.empty(); }
  const Credential* find(std::string_view access_key) const;

 private:
  std::vector<Credential> all_;
};

}  // namespace stator::gateway
