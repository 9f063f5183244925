#include "emulator/gateway/http/parameter_mapping.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "emulator/gateway/body_path.h"
#include "emulator/gateway/events.h"
#include "emulator/gateway/text_parts.h"

namespace stator::gateway {
namespace {

// A path is looked for in so much of a body alone, as the service does it.
constexpr size_t kMaxSelected = 100 * 1024;

std::string variable(const Call& call, std::string_view name, const WireReply* reply) {
  if (take_prefix(name, "request.header.")) {
    std::string all;
    for (const WireHeader& h : call.request.headers)
      if (equal_ignoring_case(h.name, name)) all += (all.empty() ? "" : ",") + std::string(h.value);
    return all;
  }
  if (take_prefix(name, "request.querystring.")) {
    std::string all;
    for (const auto& [key, value] : call.query)
      if (key == name) all += (all.empty() ? "" : ",") + value;
    return all;
  }
  if (name == "request.path") return call.path;
  if (take_prefix(name, "request.path.")) {
    for (const auto& [key, value] : call.path_parameters)
      if (key == name) return value;
    return {};
  }
  if (name == "request.body") return std::string(call.body());
  if (take_prefix(name, "request.body.")) return value_in_body(call.body().substr(0, kMaxSelected), name).value_or("");
  if (take_prefix(name, "context.")) return context_value(call, name, reply ? reply->status : 0, 0).value_or("");
  if (take_prefix(name, "stageVariables.")) {
    const auto found = call.stage->stage->variables.find(std::string(name));
    return found == call.stage->stage->variables.end() ? std::string() : found->second;
  }
  if (reply && take_prefix(name, "response.header.")) {
    for (const auto& [key, value] : reply->headers)
      if (equal_ignoring_case(key, name)) return value;
  }
  if (reply && name == "response.body") return reply->body;
  if (reply && take_prefix(name, "response.body."))
    return value_in_body(std::string_view(reply->body).substr(0, kMaxSelected), name).value_or("");
  return {};
}

std::string value_of(const Call& call, std::string_view text, const WireReply* reply) {
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'')
    return std::string(text.substr(1, text.size() - 2));
  if (text.starts_with('$') && !text.starts_with("${")) return variable(call, text.substr(1), reply);
  std::string out;
  for (;;) {
    const size_t open = text.find("${");
    const size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) return out += text;
    out += text.substr(0, open);
    out += variable(call, text.substr(open + 2, close - open - 2), reply);
    text.remove_prefix(close + 1);
  }
}

enum class Deed { kAppend, kOverwrite, kRemove };

std::optional<Deed> take_deed(std::string_view& name) {
  if (take_prefix(name, "append:")) return Deed::kAppend;
  if (take_prefix(name, "overwrite:")) return Deed::kOverwrite;
  if (take_prefix(name, "remove:")) return Deed::kRemove;
  return std::nullopt;
}

void change_headers(HeaderList& headers, Deed deed, std::string_view name, std::string value) {
  if (deed != Deed::kAppend) std::erase_if(headers, [&](const auto& h) { return equal_ignoring_case(h.first, name); });
  if (deed != Deed::kRemove && !value.empty()) headers.emplace_back(std::string(name), std::move(value));
}

std::string changed_query(std::string_view query, Deed deed, std::string_view name, const std::string& value) {
  std::string kept;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view one = query.substr(0, end);
    if (deed == Deed::kAppend || percent_decode(one.substr(0, one.find('=')), true) != name)
      kept += (kept.empty() ? "" : "&") + std::string(one);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
  }
  if (deed != Deed::kRemove) kept += (kept.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  return kept;
}

}  // namespace

ToldRequest told_request(const Call& call, const StringMap& mappings) {
  ToldRequest told{integration_headers(call, true, true), call.context_path, call.raw_query, call.query};
  if (mappings.empty()) return told;
  constexpr std::string_view kNowhere = "http://function";
  UpstreamRequest request;
  request.headers = std::move(told.headers);
  request.url = std::string(kNowhere) + encode_path(call.context_path);
  if (!call.raw_query.empty()) request.url += "?" + call.raw_query;
  map_request(call, mappings, request);
  told.headers = std::move(request.headers);
  for (auto& header : told.headers) header.first = lower_ascii(header.first);
  const size_t mark = std::min(request.url.find('?'), request.url.size());
  told.path = percent_decode(std::string_view(request.url).substr(kNowhere.size(), mark - kNowhere.size()));
  told.raw_query = request.url.substr(std::min(mark + 1, request.url.size()));
  told.query = parse_query(told.raw_query, false);
  return told;
}

void map_request(const Call& call, const StringMap& mappings, UpstreamRequest& request) {
  if (mappings.empty()) return;
  const size_t mark = request.url.find('?');
  std::string base = request.url.substr(0, mark);
  std::string query = mark == std::string::npos ? "" : request.url.substr(mark + 1);
  for (const auto& [key, expression] : mappings) {
    std::string_view name = key;
    const std::optional<Deed> deed = take_deed(name);
    if (!deed) continue;
    const std::string value = deed == Deed::kRemove ? "" : value_of(call, expression, nullptr);
    if (take_prefix(name, "header.")) {
      change_headers(request.headers, *deed, name, value);
    } else if (take_prefix(name, "querystring.")) {
      query = changed_query(query, *deed, name, value);
    } else if (name == "path" && deed == Deed::kOverwrite) {
      const size_t host = base.find("://");
      const size_t slash = host == std::string::npos ? std::string::npos : base.find('/', host + 3);
      base = base.substr(0, slash) + (value.starts_with('/') ? "" : "/") + percent_encode(value, true);
    }
  }
  request.url = query.empty() ? base : base + "?" + query;
}

void map_reply(const Call& call, const std::map<std::string, StringMap>& mappings, WireReply& reply) {
  const auto found = mappings.find(std::to_string(reply.status));
  if (found == mappings.end()) return;
  int status = reply.status;
  for (const auto& [key, expression] : found->second) {
    std::string_view name = key;
    const std::optional<Deed> deed = take_deed(name);
    if (!deed) continue;
    const std::string value = deed == Deed::kRemove ? "" : value_of(call, expression, &reply);
    if (take_prefix(name, "header.")) {
      change_headers(reply.headers, *deed, name, value);
    } else if (equal_ignoring_case(name, "statuscode")) {
      int wanted = 0;
      std::from_chars(value.data(), value.data() + value.size(), wanted);
      if (wanted >= 100 && wanted <= 599) status = wanted;
    }
  }
  reply.status = status;
}

}  // namespace stator::gateway
