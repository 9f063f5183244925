#include "emulator/gateway/handlers/url.h"

namespace stator::gateway {

std::optional<Url> Url::parse(std::string_view text) {
  Url url;
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) return std::nullopt;
  if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else if (text.starts_with("https://")) {
    text.remove_prefix(8);
    url.tls = true;
  } else {
    return std::nullopt;
  }
  text = text.substr(0, text.find('#'));
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  const std::string_view target = text.substr(authority.size());
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  url.authority = authority;
  url.target = target.empty() || target.front() == '?' ? "/" + std::string(target) : std::string(target);

  std::string_view rest;  // from the colon on
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    url.host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
  } else {
    const size_t colon = authority.find(':');
    url.host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
  }
  if (url.host.empty()) return std::nullopt;
  if (rest.size() <= 1) {
    url.port = url.tls ? "443" : "80";
    return url;
  }
  url.port = rest.substr(1);
  if (url.port.size() > 5 || url.port.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const int number = std::stoi(url.port);
  if (number == 0 || number > 65535) return std::nullopt;
  return url;
}

}  // namespace stator::gateway
