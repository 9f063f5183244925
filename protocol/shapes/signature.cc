#include "protocol/shapes/signature.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "protocol/error/error_catalog.h"
#include "protocol/url/url.h"

namespace stator {
namespace {

constexpr std::string_view kDefaultAccount = "000000000000";
constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr size_t kMaxRegion = 63;

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool is_account(std::string_view key) {
  if (key.size() != kDefaultAccount.size()) return false;
  for (char c : key)
    if (c < '0' || c > '9') return false;
  return true;
}

// key / date / region / service / aws4_request. The key itself may not hold a slash.
RequestScope scope_of(std::string_view credential) {
  std::array<std::string_view, 5> parts;
  size_t count = 0;
  for (size_t from = 0;; ++count) {
    const size_t slash = credential.find('/', from);
    if (count < parts.size()) parts[count] = credential.substr(from, slash - from);
    if (slash == std::string_view::npos) break;
    from = slash + 1;
  }
  if (count + 1 != parts.size()) {
    throw errors::incomplete_signature(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
        "'" +
        std::string(credential) + "'");
  }
  // AWS's SDK for Go v2 signs for no region where a resolver gives it a bare URL, the usual way to a local server.
  const std::string_view region = parts[2].empty() ? kDefaultRegion : parts[2];
  if (!is_region(region)) throw errors::invalid_signature("Credential should be scoped to a valid region. ");
  return {std::string(is_account(parts[0]) ? parts[0] : kDefaultAccount), std::string(region), std::string(parts[0])};
}

struct AuthorizationParameters {
  std::string_view credential, signature, signed_headers;
};

// The parameters behind the algorithm's name, parted by commas or blanks. The last of a repeated name counts. In one
// pass and by finds of a single character: find_first_of() looks each character up in the set by itself, which had
// this take 40 % of a GetItem's instructions.
AuthorizationParameters authorization_parameters(std::string_view authorization) {
  AuthorizationParameters found;
  const auto take = [](std::string_view piece, std::string_view name, std::string_view& value) {
    if (piece.size() > name.size() && piece.starts_with(name) && piece[name.size()] == '=') {
      value = piece.substr(name.size() + 1);
    }
  };
  size_t from = authorization.find(' ');
  while (from < authorization.size()) {
    std::string_view piece = authorization.substr(from, authorization.find(',', from) - from);
    from += piece.size() + 1;
    while (!piece.empty()) {
      const std::string_view word = piece.substr(0, piece.find(' '));
      take(word, "Credential", found.credential);
      take(word, "Signature", found.signature);
      take(word, "SignedHeaders", found.signed_headers);
      piece.remove_prefix(std::min(piece.size(), word.size() + 1));
    }
  }
  return found;
}

RequestScope check_header(const WireRequest& request, std::string_view sent) {
  const std::string_view authorization = trim(sent);
  const AuthorizationParameters parameters = authorization_parameters(authorization);
  std::string faults;
  if (parameters.credential.empty()) faults += "Authorization header requires 'Credential' parameter. ";
  if (parameters.signature.empty()) {
    faults += "Authorization header requires 'Signature' parameter. ";
  }
  if (parameters.signed_headers.empty()) {
    faults += "Authorization header requires 'SignedHeaders' parameter. ";
  }
  if (!request.header("x-amz-date") && !request.header("date")) {
    faults += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!faults.empty()) throw errors::incomplete_signature(faults + "Authorization=" + std::string(sent));
  return scope_of(parameters.credential);
}

// The decoded value of a query parameter; nothing when it is not there at all.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view piece = query.substr(0, end);
    const size_t equals = piece.find('=');
    if (percent_decode(piece.substr(0, equals)) == name) {
      return equals == std::string_view::npos ? std::string() : percent_decode(piece.substr(equals + 1));
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return std::nullopt;
}

RequestScope check_query(std::string_view query) {
  std::string faults;
  std::string credential;
  for (std::string_view name :
       {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"}) {
    std::string value = query_parameter(query, name).value_or("");
    if (value.empty()) faults += "AWS query-string parameters must include '" + std::string(name) + "'. ";
    if (name == "X-Amz-Credential") credential = std::move(value);
  }
  if (!faults.empty()) throw errors::incomplete_signature(faults + "Re-examine the query-string parameters.");
  return scope_of(credential);
}

}  // namespace

bool is_region(std::string_view name) {
  if (name.empty() || name.size() > kMaxRegion) return false;
  for (char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
  }
  return true;
}

RequestScope check_signature(const WireRequest& request) {
  const std::optional<std::string_view> authorization = request.header("authorization");
  const bool has_header = authorization && !authorization->empty();
  const size_t mark = request.target.find('?');
  if (mark != std::string_view::npos) {
    const std::string_view query = request.target.substr(mark + 1);
    if (query_parameter(query, "X-Amz-Algorithm")) {
      if (has_header) throw errors::both_signature_forms();
      return check_query(query);
    }
  }
  if (!has_header || !trim(*authorization).starts_with("AWS4-")) throw errors::missing_authentication_token();
  return check_header(request, *authorization);
}

}  // namespace stator
