#include "emulator/gateway/websocket/selection.h"

#include <chrono>
#include <optional>
#include <utility>

#include "emulator/gateway/vtl/value.h"
#include "protocol/json/json_value.h"

namespace stator::gateway {
namespace {

constexpr size_t kMaxMemory = 16u << 20;
constexpr std::chrono::milliseconds kMaxTime{1000};

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// As the service's documents have it: a list is "[a, b]".
void append_text(const vtl::Value& value, std::string& out) {
  if (value.is_list()) {
    out += '[';
    bool first = true;
    for (const vtl::Value& each : value.list().items) {
      if (!std::exchange(first, false)) out += ", ";
      append_text(each, out);
    }
    out += ']';
  } else if (value.is_map()) {
    out += '{';
    bool first = true;
    for (const auto& [name, each] : value.map().entries) {
      if (!std::exchange(first, false)) out += ", ";
      out.append(name).append("=");
      append_text(each, out);
    }
    out += '}';
  } else if (!value.is_null()) {
    out += vtl::text_of(value);
  }
}

std::shared_ptr<const vtl::JsonPath> read_path(std::string_view text) {
  try {
    return std::make_shared<const vtl::JsonPath>(vtl::JsonPath::parse("$" + std::string(text)));
  } catch (const vtl::TemplateError&) {
    return nullptr;
  }
}

}  // namespace

Selection::Selection(std::string_view text) {
  auto fixed = [this](std::string_view more) {
    if (parts_.empty() || parts_.back().path) parts_.emplace_back();
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
    constexpr std::string_view kBody = "request.body";
    Part& part = parts_.emplace_back();
    if (name.starts_with(kBody)) part.path = read_path(name.substr(kBody.size()));
    valid_ = valid_ && part.path != nullptr;
  }
}

std::string Selection::evaluate(std::string_view message) const {
  std::string out;
  Arena arena;
  vtl::Heap heap(kMaxMemory, kMaxTime);
  std::optional<vtl::Value> root;
  for (const Part& part : parts_) {
    if (!part.path) {
      out += part.text;
      continue;
    }
    try {
      if (!root) {
        const JsonParse parsed = parse_json(message, arena);
        if (parsed.fault != JsonFault::kNone) return "$default";
        root = vtl::value_of(parsed.root, heap);
      }
      if (const std::optional<vtl::Value> found = part.path->read(*root, heap)) append_text(*found, out);
    } catch (const vtl::TemplateError&) {
      // A path that goes round more than it may finds nothing.
    }
  }
  return out;
}

}  // namespace stator::gateway
