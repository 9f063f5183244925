#include "emulator/access/signature_v4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "protocol/url/url.h"
#include "protocol/value/base64.h"

namespace stator::access {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr int64_t kSkewMs = 5 * 60 * 1000;
constexpr const char* kMismatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details.";

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

std::string sha256(std::string_view text) {
  std::string out(32, '\0');
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), &length, EVP_sha256(), nullptr);
  return out;
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string out(32, '\0');
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), reinterpret_cast<unsigned char*>(out.data()), &length);
  return out;
}

// What the service shows of a header that it could not read.
std::string hashed(std::string_view text) {
  std::string out;
  append_base64(sha256(text), out);
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  for (;;) {
    const size_t end = text.find(at);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::string_view query_of(const WireRequest& request) {
  const size_t mark = request.target.find('?');
  return mark == std::string_view::npos ? std::string_view() : request.target.substr(mark + 1);
}

// key/date/region/service/aws4_request
bool read_credential(std::string_view credential, RequestSignature& out) {
  const std::vector<std::string> parts = split(credential, '/');
  if (parts.size() != 5) {
    out.problem =
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" +
        std::string(credential) + "'";
    return false;
  }
  out.access_key = parts[0];
  out.date = parts[1];
  out.region = parts[2];
  out.service = parts[3];
  return true;
}

void read_header(const WireRequest& request, std::string_view sent, RequestSignature& out) {
  out.form = RequestSignature::Form::kHeader;
  std::string_view rest = trimmed(sent);
  const size_t blank = rest.find(' ');
  if (rest.substr(0, blank) == kAlgorithm) rest = blank == std::string_view::npos ? "" : rest.substr(blank + 1);
  std::string credential, headers;
  for (const std::string& piece : split(rest, ',')) {
    const std::string_view one = trimmed(piece);
    const size_t equals = one.find('=');
    if (equals == std::string_view::npos && !one.empty()) {
      out.problem =
          "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with "
          "Base64): '" +
          hashed(sent) + "'.";
      return;
    }
    const std::string_view name = one.substr(0, equals);
    const std::string value(equals == std::string_view::npos ? "" : one.substr(equals + 1));
    if (name == "Credential") credential = value;
    if (name == "SignedHeaders") headers = value;
    if (name == "Signature") out.signature = value;
  }
  const auto amazon_date = request.header("X-Amz-Date"), plain_date = request.header("Date");
  std::string faults;
  if (credential.empty()) faults += "Authorization header requires 'Credential' parameter. ";
  if (out.signature.empty()) faults += "Authorization header requires 'Signature' parameter. ";
  if (headers.empty()) faults += "Authorization header requires 'SignedHeaders' parameter. ";
  if (!amazon_date && !plain_date)
    faults += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  if (!faults.empty()) {
    out.problem = faults + "(Hashed with SHA-256 and encoded with Base64) Authorization=" + hashed(sent);
    return;
  }
  if (!read_credential(credential, out)) return;
  out.signed_headers = split(headers, ';');
  out.time = amazon_date ? *amazon_date : *plain_date;
  if (const auto token = request.header("X-Amz-Security-Token")) out.session_token = *token;
}

void read_query(const WireRequest& request, RequestSignature& out) {
  const QueryList query = parse_query(query_of(request), false);
  auto value = [&](std::string_view name) -> std::string {
    for (const auto& [key, text] : query)
      if (key == name) return text;
    return {};
  };
  if (value("X-Amz-Algorithm").empty()) return;
  out.form = RequestSignature::Form::kQuery;
  std::string faults;
  for (const char* name : {"X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"})
    if (value(name).empty()) faults += "AWS query-string parameters must include '" + std::string(name) + "'. ";
  if (!faults.empty()) {
    out.problem = faults + "Re-examine the query-string parameters.";
    return;
  }
  if (!read_credential(value("X-Amz-Credential"), out)) return;
  out.signature = value("X-Amz-Signature");
  out.signed_headers = split(value("X-Amz-SignedHeaders"), ';');
  out.time = value("X-Amz-Date");
  out.session_token = value("X-Amz-Security-Token");
  const std::string expires = value("X-Amz-Expires");
  out.expires_seconds = 300;
  if (!expires.empty()) std::from_chars(expires.data(), expires.data() + expires.size(), out.expires_seconds);
}

// "20200421T150821Z"
std::optional<int64_t> milliseconds_of(std::string_view time) {
  if (time.size() != 16 || time[8] != 'T' || time[15] != 'Z') return std::nullopt;
  auto number = [&](size_t from, size_t count) {
    int value = -1;
    const auto [end, error] = std::from_chars(time.data() + from, time.data() + from + count, value);
    return error == std::errc() && end == time.data() + from + count ? value : -1;
  };
  using namespace std::chrono;
  const year_month_day date{year(number(0, 4)), month(static_cast<unsigned>(number(4, 2))),
                            day(static_cast<unsigned>(number(6, 2)))};
  const int hour = number(9, 2), minute = number(11, 2), second = number(13, 2);
  if (!date.ok() || hour < 0 || minute < 0 || second < 0) return std::nullopt;
  const sys_seconds at = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
  return at.time_since_epoch().count() * 1000;
}

std::string judge_time(const RequestSignature& signature, int64_t now_ms) {
  const std::optional<int64_t> at = milliseconds_of(signature.time);
  if (!at)
    return "Date must be in ISO-8601 'basic format'. Got '" + signature.time +
           "'. See http://en.wikipedia.org/wiki/ISO_8601";
  if (signature.date != signature.time.substr(0, 8))
    return "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
           signature.date + "' != '" + signature.time.substr(0, 8) + "', from '" + signature.time + "'.";
  const std::string now = basic_time(now_ms);
  if (*at > now_ms + kSkewMs)
    return "Signature not yet current: " + signature.time + " is still later than " + basic_time(now_ms + kSkewMs) +
           " (" + now + " + 5 min.)";
  if (signature.form == RequestSignature::Form::kQuery) {
    const int64_t end = *at + std::clamp<int64_t>(signature.expires_seconds, 0, 7 * 86400) * 1000;
    if (end < now_ms) return "Signature expired: " + basic_time(end) + " is now earlier than " + now;
    return {};
  }
  if (*at < now_ms - kSkewMs)
    return "Signature expired: " + signature.time + " is now earlier than " + basic_time(now_ms - kSkewMs) + " (" +
           now + " - 5 min.)";
  return {};
}

// Blanks in a row become one.
std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : trimmed(text))
    if (c != ' ' || !out.ends_with(' ')) out += c;
  return out;
}

// Each part encoded again; empty parts and dots are resolved first.
std::string canonical_path(std::string_view path) {
  std::vector<std::string_view> parts;
  for (const std::string_view part : path_segments(path)) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
      continue;
    }
    parts.push_back(part);
  }
  std::string out;
  for (const std::string_view part : parts) out += "/" + percent_encode(part);
  if (out.empty() || (path.size() > 1 && path.ends_with('/'))) out += '/';
  return out;
}

// Decoded and encoded again, or (`as_sent`) untouched; sorted, without the signature.
std::string canonical_query(std::string_view query, bool as_sent) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    query.remove_prefix(std::min(query.size(), end + 1));
    if (one.empty()) continue;
    const size_t equals = std::min(one.find('='), one.size());
    const std::string_view name = one.substr(0, equals), value = one.substr(std::min(one.size(), equals + 1));
    if (name == "X-Amz-Signature") continue;
    if (as_sent)
      pairs.emplace_back(name, value);
    else
      pairs.emplace_back(percent_encode(percent_decode(name)), percent_encode(percent_decode(value)));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

}  // namespace

std::string basic_time(int64_t ms) {
  using namespace std::chrono;
  const sys_seconds at{seconds(ms / 1000)};
  const sys_days date = floor<days>(at);
  const year_month_day ymd(date);
  const hh_mm_ss clock(at - date);
  auto padded = [](int64_t n, size_t width) {
    std::string text = std::to_string(n);
    return std::string(width - std::min(width, text.size()), '0') + text;
  };
  return padded(static_cast<int>(ymd.year()), 4) + padded(static_cast<unsigned>(ymd.month()), 2) +
         padded(static_cast<unsigned>(ymd.day()), 2) + "T" + padded(clock.hours().count(), 2) +
         padded(clock.minutes().count(), 2) + padded(clock.seconds().count(), 2) + "Z";
}

RequestSignature read_signature(const WireRequest& request) {
  RequestSignature out;
  const auto authorization = request.header("Authorization");
  if (authorization && !trimmed(*authorization).empty())
    read_header(request, *authorization, out);
  else
    read_query(request, out);
  return out;
}

std::string verify_signature(const WireRequest& request, const RequestSignature& signature, std::string_view service,
                             std::string_view secret, int64_t now_ms) {
  if (signature.service != service)
    return "Credential should be scoped to correct service: '" + std::string(service) + "'. ";
  if (std::string problem = judge_time(signature, now_ms); !problem.empty()) return problem;
  std::string headers, names;
  bool host = false;
  for (const std::string& name : signature.signed_headers) {
    host = host || name == "host";
    std::string values;
    bool found = false;
    for (const WireHeader& h : request.headers) {
      if (!equal_ignoring_case(h.name, name)) continue;
      values += (found ? "," : "") + squeezed(h.value);
      found = true;
    }
    headers += name + ":" + values + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  if (!host) return "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  const std::string payload = hex(sha256({request.body.data(), request.body.size()}));
  const std::string scope = signature.date + "/" + signature.region + "/" + signature.service + "/aws4_request";
  std::string key = hmac("AWS4" + std::string(secret), signature.date);
  for (const std::string& part : {signature.region, signature.service, std::string("aws4_request")})
    key = hmac(key, part);
  for (const bool as_sent : {false, true}) {
    const std::string canonical = std::string(request.method) + "\n" + canonical_path(path) + "\n" +
                                  canonical_query(query_of(request), as_sent) + "\n" + headers + "\n" + names + "\n" +
                                  payload;
    const std::string expected =
        hex(hmac(key, std::string(kAlgorithm) + "\n" + signature.time + "\n" + scope + "\n" + hex(sha256(canonical))));
    if (expected.size() == signature.signature.size() &&
        CRYPTO_memcmp(expected.data(), signature.signature.data(), expected.size()) == 0)
      return {};
  }
  return kMismatch;
}

}  // namespace stator::access
