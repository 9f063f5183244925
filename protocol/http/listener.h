// Opens the sockets that the door listens on. A host may be a name; each of its addresses is bound, all to one port.
#pragma once

#include <string>
#include <vector>

namespace stator::http {

struct BoundAddress {
  int descriptor;
  std::string address;  // numeric
  bool ipv6;
};

// Listening already, so that a taken port shows; close-on-exec and non-blocking. With port 0 a free one is found that
// all addresses share; `port` is set to it. Throws ListenError.
std::vector<BoundAddress> bind_addresses(const std::vector<std::string>& hosts, int& port);

}  // namespace stator::http
