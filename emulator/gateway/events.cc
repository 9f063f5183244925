#include "emulator/gateway/events.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "emulator/gateway/event_parts.h"
#include "emulator/gateway/media_type.h"
#include "protocol/value/base64.h"

namespace stator::gateway {
namespace {

bool precedes(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) < std::tolower(y);
  });
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

}  // namespace

void write_text(JsonWriter& w, std::string_view text) {
  w.string(valid_utf8(text));
}

Grouped group(const HeaderList& pairs, bool ignore_case) {
  Grouped out;
  std::map<std::string, size_t> index;
  for (const auto& [name, value] : pairs) {
    const auto [at, fresh] = index.try_emplace(ignore_case ? lower_ascii(name) : name, out.size());
    if (fresh) out.push_back({name, {}});
    out[at->second].second.push_back(value);
  }
  return out;
}

void write_last(JsonWriter& w, std::string_view key, const Grouped& grouped, Absent absent) {
  w.key(key);
  if (grouped.empty() && absent == Absent::kNull) {
    w.null();
    return;
  }
  w.begin_object();
  for (const auto& [name, values] : grouped) write_text(w.key(valid_utf8(name)), values.back());
  w.end_object();
}

void write_all(JsonWriter& w, std::string_view key, const Grouped& grouped, Absent absent) {
  w.key(key);
  if (grouped.empty() && absent == Absent::kNull) {
    w.null();
    return;
  }
  w.begin_object();
  for (const auto& [name, values] : grouped) {
    w.key(valid_utf8(name)).begin_array();
    for (const std::string& value : values) write_text(w, value);
    w.end_array();
  }
  w.end_object();
}

void write_joined(JsonWriter& w, std::string_view key, const Grouped& grouped) {
  w.key(key).begin_object();
  for (const auto& [name, values] : grouped) {
    std::string joined;
    for (size_t i = 0; i < values.size(); ++i) joined += (i ? "," : "") + values[i];
    write_text(w.key(valid_utf8(name)), joined);
  }
  w.end_object();
}

void write_body(JsonWriter& w, const Call& call, bool binary, bool null_when_empty) {
  const std::string_view body = call.body();
  if (body.empty()) {
    if (null_when_empty) w.key("body").null();
    w.key("isBase64Encoded").boolean(false);
    return;
  }
  if (binary) {
    std::string encoded;
    append_base64(body, encoded);
    w.key("body").string(encoded);
  } else {
    write_text(w.key("body"), body);
  }
  w.key("isBase64Encoded").boolean(binary);
}

void write_known(JsonWriter& w, std::string_view key, const std::string& value) {
  w.key(key);
  if (value.empty())
    w.null();
  else
    write_text(w, value);
}

HeaderList integration_headers(const Call& call, bool lower_case, bool keep_length) {
  HeaderList out;
  std::string forwarded;
  for (const WireHeader& h : call.request.headers) {
    if (is_one_of(h.name, {"Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer", "Upgrade",
                           "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Connection", "Expect",
                           "X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id"}))
      continue;
    if (!keep_length && equal_ignoring_case(h.name, "Content-Length")) continue;
    if (equal_ignoring_case(h.name, "X-Forwarded-For")) {
      forwarded += (forwarded.empty() ? "" : ", ") + std::string(h.value);
      continue;
    }
    out.emplace_back(lower_case ? lower_ascii(h.name) : std::string(h.name), std::string(h.value));
  }
  if (call.execution_log) return out;  // a test's request came over no network
  if (keep_length && !call.header("Content-Length"))
    out.emplace_back("content-length", std::to_string(call.body().size()));
  const std::string host(call.header("Host").value_or(""));
  const size_t colon = host.rfind(':');
  const std::string port = colon != std::string::npos && host.find(']', colon) == std::string::npos
                               ? host.substr(colon + 1)
                               : (call.request.tls ? "443" : "80");
  auto name = [&](const char* text) { return lower_case ? lower_ascii(text) : std::string(text); };
  out.emplace_back(name("X-Amzn-Trace-Id"), call.trace_id);
  out.emplace_back(name("X-Forwarded-For"), (forwarded.empty() ? "" : forwarded + ", ") + call.source_ip);
  out.emplace_back(name("X-Forwarded-Port"), port);
  out.emplace_back(name("X-Forwarded-Proto"), call.request.tls ? "https" : "http");
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return precedes(a.first, b.first); });
  return out;
}

}  // namespace stator::gateway
