#include "emulator/gateway/websocket/selection.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "protocol/json/json_value.h"

namespace stator::gateway {
namespace {

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// "a.b[0]['c d']" -> {"a", "b", "[0]", "c d"}; false when it is more than names and indices.
bool read_path(std::string_view text, std::vector<std::string>& path) {
  while (!text.empty()) {
    if (text.front() == '.') {
      text.remove_prefix(1);
      const size_t end = text.find_first_of(".[");
      std::string name(text.substr(0, end));
      if (name.empty() || name == "*") return false;
      path.push_back(std::move(name));
      text = end == std::string_view::npos ? std::string_view() : text.substr(end);
      continue;
    }
    const size_t close = text.find(']');
    if (text.front() != '[' || close == std::string_view::npos || close < 2) return false;
    std::string_view inner = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (inner.size() >= 2 && (inner.front() == '\'' || inner.front() == '"') && inner.back() == inner.front()) {
      path.emplace_back(inner.substr(1, inner.size() - 2));
    } else if (std::all_of(inner.begin(), inner.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      path.push_back("[" + std::string(inner) + "]");
    } else {
      return false;
    }
  }
  return true;
}

void append_text(const JsonValue& value, std::string& out) {
  if (value.is_string() || value.is_number()) {
    out += value.text();
  } else if (value.is_bool()) {
    out += value.boolean() ? "true" : "false";
  } else if (value.is_array()) {
    out += '[';
    for (const JsonValue& each : value.elements()) {
      if (&each != value.elements().data()) out += ", ";
      append_text(each, out);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    for (const JsonMember& each : value.members()) {
      if (&each != value.members().data()) out += ", ";
      out.append(each.name).append("=");
      append_text(each.value, out);
    }
    out += '}';
  }
}

const JsonValue* step(const JsonValue& value, std::string_view name) {
  if (!name.starts_with('[')) return value.find(name);
  size_t index = 0;
  std::from_chars(name.data() + 1, name.data() + name.size() - 1, index);
  return value.is_array() && index < value.count() ? &value.elements()[index] : nullptr;
}

}  // namespace

Selection::Selection(std::string_view text) {
  auto fixed = [this](std::string_view more) {
    if (parts_.empty() || parts_.back().variable) parts_.emplace_back();
    parts_.back().text += more;
  };
  while (!text.empty()) {
    if (text.starts_with("\\$")) {
      fixed("$");
      text.remove_prefix(2);
      continue;
    }
    if (text.front() != '$') {
      fixed(text.substr(0, 1));
      text.remove_prefix(1);
      continue;
    }
    std::string_view name;
    if (const size_t close = text.find('}'); text.starts_with("${") && close != std::string_view::npos) {
      name = text.substr(2, close - 2);
      text.remove_prefix(close + 1);
    } else {
      // Up to what cannot be part of a path; what stands in brackets is part of it whatever it is.
      size_t end = 1;
      while (end < text.size() && (in_name(text[end]) || text[end] == '.' || text[end] == '[')) {
        if (text[end] == '[') {
          const size_t bracket = text.find(']', end);
          if (bracket == std::string_view::npos) break;
          end = bracket;
        }
        ++end;
      }
      name = text.substr(1, end - 1);
      text.remove_prefix(end);
    }
    if (name == "default") {  // unescaped, as most people write it
      fixed("$default");
      continue;
    }
    Part& part = parts_.emplace_back();
    part.variable = true;
    constexpr std::string_view kBody = "request.body";
    if (!name.starts_with(kBody) || !read_path(name.substr(kBody.size()), part.path)) {
      valid_ = false;
      part.variable = false;
    }
  }
}

std::string Selection::evaluate(std::string_view message) const {
  std::string out;
  Arena arena;
  JsonParse parsed;
  bool read = false;
  for (const Part& part : parts_) {
    if (!part.variable) {
      out += part.text;
      continue;
    }
    if (!std::exchange(read, true)) parsed = parse_json(message, arena);
    if (parsed.fault != JsonFault::kNone) return "$default";
    const JsonValue* at = &parsed.root;
    for (const std::string& name : part.path)
      if (at) at = step(*at, name);
    if (at) append_text(*at, out);
  }
  return out;
}

}  // namespace stator::gateway
