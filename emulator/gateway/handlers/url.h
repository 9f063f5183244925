// An http or https URL taken apart for a client. Nothing is decoded or encoded: the target goes out as it was written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stator::gateway {

struct Url {
  bool tls = false;
  std::string host;       // without the brackets of IPv6
  std::string port;       // digits
  std::string authority;  // for the Host header: with the port only where it was written
  std::string target;     // path and query, at least "/"

  // Nothing for another scheme, user:password@, an empty host, a bad port, or bytes that cannot stand in a request
  // line.
  static std::optional<Url> parse(std::string_view text);
};

}  // namespace stator::gateway
