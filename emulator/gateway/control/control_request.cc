#include "emulator/gateway/control/control_request.h"

#include <ctime>
#include <random>

namespace stator::gateway::control {
namespace {

ControlError unreadable() {
  return {400, "SerializationException", "The request body does not have the types that the operation takes"};
}

std::string lower_first(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] + ('a' - 'A'));
  return out;
}

class InputCheck {
 public:
  explicit InputCheck(const ControlRequest& request) : request_(request) {}

  void structure(const Node& node, const model::Shape& shape, const std::string& path) {
    if (!node.is_map()) throw unreadable();
    for (uint16_t i = 0; i < shape.member_count; ++i) {
      const model::Member& m = model::member(shape.service, static_cast<uint16_t>(shape.first_member + i));
      const std::string here = path + "." + std::string(m.name);
      if (m.place != model::Place::kBody) continue;
      const model::Shape& target = model::target(shape, m);
      if (target.kind == model::Kind::kBlob) continue;  // the body itself
      const Node* value = node.find(m.name);
      if (value == nullptr) {
        if (m.required) fault("Value null", here, "Member must not be null");
        continue;
      }
      any(*value, target, here);
    }
  }

  void finish() const {
    if (count_ == 0) return;
    const std::string text =
        std::to_string(count_) + " validation error" + (count_ > 1 ? "s" : "") + " detected: " + faults_;
    throw ControlError{400, request_.is_rest() ? "ValidationException" : "BadRequestException", text};
  }

 private:
  void any(const Node& node, const model::Shape& shape, const std::string& path) {
    switch (shape.kind) {
      case model::Kind::kStructure:
        return structure(node, shape, path);
      case model::Kind::kList:
        if (!node.is_list()) throw unreadable();
        for (size_t i = 0; i < node.items.size(); ++i)
          any(node.items[i], model::element(shape), path + "." + std::to_string(i + 1) + ".member");
        return;
      case model::Kind::kMap:
        if (!node.is_map()) throw unreadable();
        for (const Member& m : node.members) any(m.value, model::element(shape), path + "." + m.name + ".member");
        return;
      case model::Kind::kBoolean:
        if (node.kind != Node::Kind::kBoolean && node.text != "true" && node.text != "false") throw unreadable();
        return;
      case model::Kind::kInteger:
      case model::Kind::kLong:
      case model::Kind::kDouble: {
        const Node holder = [&] {
          Node made = map_node();
          made.set("n", node);
          return made;
        }();
        if (!node.is_scalar() || !number_in(holder, "n")) throw unreadable();
        return;
      }
      case model::Kind::kString:
      case model::Kind::kBlob:
      case model::Kind::kTimestamp:
        if (!node.is_scalar()) throw unreadable();
        if (!model::has_word(shape, node.text))
          fault("Value '" + node.text + "'", path,
                "Member must satisfy enum value set: [" + std::string(shape.enum_text) + "]");
        return;
    }
  }

  void fault(const std::string& value, const std::string& path, const std::string& rule) {
    faults_ += (count_++ == 0 ? "" : "; ") + value + " at '" + path + "' failed to satisfy constraint: " + rule;
  }

  const ControlRequest& request_;
  size_t count_ = 0;
  std::string faults_;
};

std::string iso_seconds(int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

std::string new_id(size_t length) {
  static constexpr std::string_view kSymbols = "abcdefghijklmnopqrstuvwxyz0123456789";
  thread_local std::mt19937_64 random{std::random_device{}() | uint64_t{std::random_device{}()} << 32};
  std::uniform_int_distribution<size_t> symbol(0, kSymbols.size() - 1);
  std::string id;
  while (id.size() < length) id += kSymbols[symbol(random)];
  return id;
}

void check_input(const ControlRequest& request) {
  InputCheck check(request);
  check.structure(request.input, request.input_shape(), lower_first(request.operation.name) + "Input");
  check.finish();
}

Node shaped(const Node& document, const model::Shape& shape) {
  switch (shape.kind) {
    case model::Kind::kStructure: {
      Node out = map_node();
      for (const Member& m : document.members)
        if (const model::Member* known = model::find(shape, m.name); known != nullptr && !m.value.is_null())
          out.members.push_back({m.name, shaped(m.value, model::target(shape, *known)), 0});
      return out;
    }
    case model::Kind::kList: {
      Node out = list_node();
      for (const Node& item : document.items) out.items.push_back(shaped(item, model::element(shape)));
      return out;
    }
    case model::Kind::kMap: {
      Node out = map_node();
      for (const Member& m : document.members)
        out.members.push_back({m.name, shaped(m.value, model::element(shape)), 0});
      return out;
    }
    case model::Kind::kTimestamp: {
      const int64_t ms = document.integer("time");
      return shape.service == model::Service::kRest ? number_node(ms / 1000) : text_node(iso_seconds(ms));
    }
    default:
      return document;
  }
}

Node taken_input(const ControlRequest& request, const model::Shape& document) {
  Node taken = map_node();
  const model::Shape& input = request.input_shape();
  for (const Member& m : request.input.members) {
    const model::Member* given = model::find(input, m.name);
    if (given != nullptr && given->place == model::Place::kBody && model::find(document, m.name) != nullptr)
      taken.set(m.name, m.value);
  }
  return taken;
}

}  // namespace stator::gateway::control
