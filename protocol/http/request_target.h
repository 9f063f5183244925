// What a request's target means, and percent-decoding for those who then want it. Nothing here normalises: `//`, `.`
// and `%2F` stay what they are, because API Gateway hands paths to handlers both raw and decoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stator::http {

// An absolute target ("http://host/path", as sent to proxies; RFC 9112, 3.2.2) without its scheme and authority; any
// other as it is.
std::string_view origin_form(std::string_view target);

enum class PlusMeans { kPlus, kSpace };  // kSpace: form encoding, as query strings use it

// Decodes %XX; a '%' that two hex digits do not follow stays as it is.
std::string percent_decode(std::string_view text, PlusMeans plus = PlusMeans::kPlus);
// The same, or nothing if some '%' is not followed by two hex digits.
std::optional<std::string> percent_decode_strict(std::string_view text, PlusMeans plus = PlusMeans::kPlus);
// Encodes all but A-Z a-z 0-9 - . _ ~ (RFC 3986's unreserved), and what `also_plain` names.
std::string percent_encode(std::string_view text, std::string_view also_plain = {});

// Calls use(name, value) for each `name=value` of a query, in order and not decoded; "a" alone has the value "".
// Empty pieces ("a=1&&b=2") are skipped.
template <typename Use>
void each_parameter(std::string_view query, Use use) {
  while (!query.empty()) {
    size_t end = query.find('&');
    std::string_view piece = query.substr(0, end);
    if (!piece.empty()) {
      size_t equals = piece.find('=');
      use(piece.substr(0, equals), equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1));
    }
    if (end == std::string_view::npos) return;
    query.remove_prefix(end + 1);
  }
}

}  // namespace stator::http
