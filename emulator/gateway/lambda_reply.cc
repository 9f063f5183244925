#include "emulator/gateway/lambda_reply.h"

#include <charconv>

#include "protocol/json/json_value.h"
#include "protocol/value/base64.h"
#include "protocol/wire_message.h"

namespace stator::gateway {
namespace {

// A value that may stand where a header's text is expected.
bool scalar_text(const JsonValue& value, std::string& out) {
  if (value.is_string() || value.is_number())
    out = value.text();
  else if (value.is_bool())
    out = value.boolean() ? "true" : "false";
  else
    return false;
  return true;
}

bool clean(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool is_token(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name)
    if (c <= ' ' || c >= 0x7F || std::string_view("()<>@,;:\\\"/[]?={}").find(c) != std::string_view::npos)
      return false;
  return true;
}

void read_status(const JsonValue& root, LambdaReply& reply, bool required) {
  const JsonValue* status = root.find("statusCode");
  if (!status) {
    if (required) reply.problem = "expected statusCode";
    return;
  }
  int code = 0;
  const std::string_view text = status->is_number() || status->is_string() ? status->text() : std::string_view();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  const bool whole = error == std::errc() &&
                     (end == text.data() + text.size() || std::string_view(end, text.data() + text.size()) == ".0");
  // A 1xx is no answer: its client would go on waiting for one.
  if (!whole || code < 200 || code > 599) {
    reply.problem = "statusCode: expected 200 to 599";
    return;
  }
  reply.status = code;
}

void read_headers(const JsonValue& root, LambdaReply& reply, bool multi_value) {
  const JsonValue* multi = multi_value ? root.find("multiValueHeaders") : nullptr;
  if (multi) {
    if (!multi->is_object()) {
      reply.problem = "multiValueHeaders: expected an object";
      return;
    }
    for (const JsonMember& each : multi->members()) {
      if (each.value.is_null()) continue;
      if (!each.value.is_array()) {
        reply.problem = "multiValueHeaders: " + std::string(each.name) + ": expected a list";
        return;
      }
      for (const JsonValue& one : each.value.elements()) {
        std::string text;
        if (!scalar_text(one, text) || !clean(text) || !is_token(each.name)) {
          reply.problem = "multiValueHeaders: " + std::string(each.name) + ": expected texts";
          return;
        }
        reply.headers.emplace_back(each.name, std::move(text));
      }
    }
  }
  const JsonValue* headers = root.find("headers");
  if (!headers) return;
  if (!headers->is_object()) {
    reply.problem = "headers: expected an object";
    return;
  }
  const size_t from_multi = reply.headers.size();
  for (const JsonMember& each : headers->members()) {
    if (each.value.is_null()) continue;
    std::string text;
    if (!scalar_text(each.value, text) || !clean(text) || !is_token(each.name)) {
      reply.problem = "headers: " + std::string(each.name) + ": expected a text";
      return;
    }
    // A name in both: only multiValueHeaders counts, whose values are all there.
    bool known = false;
    for (size_t i = 0; i < from_multi && !known; ++i) known = equal_ignoring_case(reply.headers[i].first, each.name);
    if (!known) reply.headers.emplace_back(each.name, std::move(text));
  }
}

void read_body(const JsonValue& root, LambdaReply& reply) {
  if (const JsonValue* base64 = root.find("isBase64Encoded")) {
    if (base64->is_bool()) {
      reply.base64 = base64->boolean();
    } else if (base64->is_string() && (base64->text() == "true" || base64->text() == "false")) {
      reply.base64 = base64->text() == "true";
    } else {
      reply.problem = "isBase64Encoded: expected true or false";
      return;
    }
  }
  const JsonValue* body = root.find("body");
  if (!body) return;
  if (body->is_object() || body->is_array()) {
    reply.problem = "body: expected a string (JSON.stringify it)";
    return;
  }
  scalar_text(*body, reply.body);
}

void read_cookies(const JsonValue& root, LambdaReply& reply) {
  const JsonValue* cookies = root.find("cookies");
  if (!cookies) return;
  if (!cookies->is_array()) {
    reply.problem = "cookies: expected a list";
    return;
  }
  for (const JsonValue& each : cookies->elements()) {
    if (!each.is_string() || !clean(each.text())) {
      reply.problem = "cookies: expected texts";
      return;
    }
    reply.cookies.emplace_back(each.text());
  }
}

}  // namespace

LambdaReply read_reply_1(std::string_view payload, bool strict) {
  LambdaReply reply;
  Arena arena;
  const JsonParse parsed = parse_json(payload, arena);
  if (parsed.fault != JsonFault::kNone) {
    reply.problem = "the answer is not JSON";
    return reply;
  }
  if (!parsed.root.is_object()) {
    reply.problem = "the answer is not an object";
    return reply;
  }
  if (strict) {
    for (const JsonMember& each : parsed.root.members()) {
      const std::string_view n = each.name;
      if (n == "statusCode" || n == "headers" || n == "multiValueHeaders" || n == "body" || n == "isBase64Encoded")
        continue;
      reply.problem = "\"" + std::string(n) + "\" is no member of a proxy integration's answer";
      return reply;
    }
  }
  read_status(parsed.root, reply, true);
  if (reply.problem.empty()) read_headers(parsed.root, reply, true);
  if (reply.problem.empty()) read_body(parsed.root, reply);
  return reply;
}

LambdaReply read_reply_2(std::string_view payload) {
  LambdaReply reply;
  Arena arena;
  const JsonParse parsed = parse_json(payload, arena);
  if (parsed.fault != JsonFault::kNone) {
    reply.problem = "the answer is not JSON";
    return reply;
  }
  if (!parsed.root.is_object() || !parsed.root.find("statusCode")) {
    reply.inferred = true;
    if (parsed.root.is_string())
      reply.body = parsed.root.text();
    else if (!parsed.root.is_null())
      reply.body = payload;
    else
      reply.body = "null";
    return reply;
  }
  read_status(parsed.root, reply, true);
  if (reply.problem.empty()) read_headers(parsed.root, reply, false);
  if (reply.problem.empty()) read_body(parsed.root, reply);
  if (reply.problem.empty()) read_cookies(parsed.root, reply);
  return reply;
}

bool decode_body(LambdaReply& reply) {
  Arena arena;
  const std::optional<std::string_view> decoded = decode_base64(reply.body, arena);
  if (!decoded) return false;
  reply.body = std::string(*decoded);
  return true;
}

LambdaReply read_prelude(std::string_view json) {
  LambdaReply reply;
  Arena arena;
  const JsonParse parsed = parse_json(json, arena);
  if (parsed.fault != JsonFault::kNone || !parsed.root.is_object()) {
    reply.problem = "the stream's prelude is not a JSON object";
    return reply;
  }
  read_status(parsed.root, reply, false);
  if (reply.problem.empty()) read_headers(parsed.root, reply, true);
  if (reply.problem.empty()) read_cookies(parsed.root, reply);
  return reply;
}

}  // namespace stator::gateway
