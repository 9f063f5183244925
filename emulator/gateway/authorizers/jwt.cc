#include "emulator/gateway/authorizers/jwt.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "protocol/value/arena.h"
#include "protocol/value/base64.h"

namespace stator::gateway {
namespace {

std::optional<std::string> text_member(const JsonValue& object, std::string_view name) {
  const JsonValue* found = object.find(name);
  if (!found || !found->is_string()) return std::nullopt;
  return std::string(found->text());
}

// NumericDate: seconds, a fraction allowed.
std::optional<double> numeric_date(const JsonValue& claims, std::string_view name) {
  const JsonValue* found = claims.find(name);
  if (!found || !found->is_number()) return std::nullopt;
  double value = 0;
  const std::string_view text = found->text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::vector<std::string> strings(const JsonValue* value) {
  std::vector<std::string> out;
  if (!value) return out;
  if (value->is_string()) out.emplace_back(value->text());
  if (value->is_array())
    for (const JsonValue& each : value->elements())
      if (each.is_string()) out.emplace_back(each.text());
  return out;
}

void append_words(std::string_view text, std::vector<std::string>& out) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
}

std::string http_text(const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::kNull:
      return "<nil>";
    case JsonValue::Kind::kFalse:
    case JsonValue::Kind::kTrue:
      return value.boolean() ? "true" : "false";
    case JsonValue::Kind::kNumber:
    case JsonValue::Kind::kString:
      return std::string(value.text());
    case JsonValue::Kind::kArray: {
      std::string out = "[";
      for (const JsonValue& each : value.elements()) out += (out.size() > 1 ? " " : "") + http_text(each);
      return out + "]";
    }
    case JsonValue::Kind::kObject: {
      std::string out = "map[";
      for (const JsonMember& m : value.members())
        out += (out.size() > 4 ? " " : "") + std::string(m.name) + ":" + http_text(m.value);
      return out + "]";
    }
  }
  return {};
}

std::string date_text(double at) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;
  const sys_seconds when{std::chrono::seconds(static_cast<int64_t>(at))};
  const sys_days date = floor<days>(when);
  const year_month_day ymd(date);
  const hh_mm_ss clock(when - date);
  auto two = [](int64_t n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  return std::string(kDays[weekday(date).c_encoding()]) + " " + kMonths[static_cast<unsigned>(ymd.month()) - 1] + " " +
         two(static_cast<unsigned>(ymd.day())) + " " + two(clock.hours().count()) + ":" + two(clock.minutes().count()) +
         ":" + two(clock.seconds().count()) + " UTC " + std::to_string(static_cast<int>(ymd.year()));
}

std::string rest_text(const JsonValue& value) {
  if (value.is_null()) return "null";
  if (value.is_bool()) return value.boolean() ? "true" : "false";
  if (value.is_string() || value.is_number()) return std::string(value.text());
  std::string out;
  if (value.is_array()) {
    for (const JsonValue& each : value.elements()) out += (out.empty() ? "" : ",") + rest_text(each);
  } else {
    append_json(value, out);
  }
  return out;
}

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  while (standard.size() % 4 != 0) standard += '=';
  Arena arena;
  const std::optional<std::string_view> bytes = decode_base64(standard, arena);
  if (!bytes) return std::nullopt;
  return std::string(*bytes);
}

std::optional<Jwt> decode_jwt(std::string_view token, std::string& problem) {
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    problem = "token contains an invalid number of segments";
    return std::nullopt;
  }
  Jwt jwt;
  const std::optional<std::string> head = decode_base64url(token.substr(0, first));
  std::optional<std::string> claims = decode_base64url(token.substr(first + 1, second - first - 1));
  std::optional<std::string> signature = decode_base64url(token.substr(second + 1));
  Arena arena;
  const JsonParse parsed = head ? parse_json(*head, arena) : JsonParse{JsonFault::kSyntax, 0, {}};
  if (parsed.fault != JsonFault::kNone || !parsed.root.is_object() || !claims || !signature ||
      parse_json(*claims, arena).fault != JsonFault::kNone || !parse_json(*claims, arena).root.is_object()) {
    problem = "unable to decode the token";
    return std::nullopt;
  }
  jwt.algorithm = text_member(parsed.root, "alg").value_or("");
  jwt.key_id = text_member(parsed.root, "kid").value_or("");
  jwt.claims = std::move(*claims);
  jwt.signature = std::move(*signature);
  jwt.signed_text = token.substr(0, second);
  return jwt;
}

std::string judge_claims(const JsonValue& claims, const TokenRules& rules) {
  if (text_member(claims, "iss") != rules.issuer) return "the token does not have a valid issuer";
  const double now = static_cast<double>(rules.now_seconds);
  const std::optional<double> expires = numeric_date(claims, "exp");
  if (!expires) return "the token does not have a valid expiration";
  if (*expires <= now) return "the token has expired";
  if (const auto from = numeric_date(claims, "nbf"); from && *from > now) return "the token is not valid yet";
  if (const auto made = numeric_date(claims, "iat"); made && *made > now)
    return "the token was used before it was issued";
  if (rules.audience.empty()) return {};
  // client_id counts where there is no aud: access tokens of user pools have none.
  const JsonValue* audience = claims.find("aud");
  const std::vector<std::string> named = strings(audience ? audience : claims.find("client_id"));
  const bool meant = std::any_of(named.begin(), named.end(), [&](const std::string& each) {
    return std::find(rules.audience.begin(), rules.audience.end(), each) != rules.audience.end();
  });
  return meant ? "" : "the token does not have a valid audience";
}

std::vector<std::string> token_scopes(const JsonValue& claims) {
  std::vector<std::string> out;
  for (const char* name : {"scope", "scp"}) {
    for (const std::string& each : strings(claims.find(name))) append_words(each, out);
    if (!out.empty()) break;
  }
  return out;
}

std::vector<std::string> granted_scopes(const JsonValue& claims, const std::vector<std::string>& wanted) {
  const std::vector<std::string> has = token_scopes(claims);
  std::vector<std::string> out;
  for (const std::string& each : wanted)
    if (std::find(has.begin(), has.end(), each) != has.end()) out.push_back(each);
  return out;
}

ClaimList claims_for_http(const JsonValue& claims) {
  ClaimList out;
  for (const JsonMember& m : claims.members()) out.emplace_back(std::string(m.name), http_text(m.value));
  return out;
}

ClaimList claims_for_rest(const JsonValue& claims) {
  ClaimList out;
  for (const JsonMember& m : claims.members()) {
    const bool date = m.name == "exp" || m.name == "iat";
    const std::optional<double> at = date ? numeric_date(claims, m.name) : std::nullopt;
    const bool writable = at && std::abs(*at) < 1e11;
    out.emplace_back(std::string(m.name), writable ? date_text(*at) : rest_text(m.value));
  }
  return out;
}

}  // namespace stator::gateway
