#include "emulator/gateway/rest/template_run.h"

#include <charconv>

#include "emulator/gateway/events.h"
#include "emulator/gateway/media_type.h"
#include "emulator/gateway/vtl/api_objects.h"
#include "emulator/gateway/vtl/template.h"

namespace stator::gateway {
namespace {

using vtl::Heap;
using vtl::Value;

// $context, and the parts of it that have parts. Values are looked up when a template asks for them.
class Context final : public vtl::Object {
 public:
  Context(const Call& call, std::string prefix) : call_(call), prefix_(std::move(prefix)) {}

  void give(const char* name, vtl::Map* map) { maps_.emplace_back(name, map); }

  Value property(Heap& heap, std::string_view name) override {
    for (const auto& [given, map] : maps_)
      if (given == name) return Value::map(map);
    const std::string full = prefix_ + std::string(name);
    for (const std::string_view parent : {"identity", "identity.clientCert", "identity.clientCert.validity",
                                          "authorizer", "authorizer.claims", "error", "integration"})
      if (full == parent) return Value::object(heap.make<Context>(call_, full + "."));
    std::optional<std::string> value = context_value(call_, full, 0, 0);
    return value && !value->empty() ? heap.text(valid_utf8(*value)) : Value();
  }

  bool call(Heap& heap, std::string_view method, std::span<const Value> arguments, Value& result) override {
    if (method != "get" || arguments.size() != 1) return false;
    result = property(heap, vtl::text_of(arguments[0]));
    return true;
  }

 private:
  const Call& call_;
  std::string prefix_;
  std::vector<std::pair<std::string_view, vtl::Map*>> maps_;
};

vtl::Map* map_of(const StringMap& values, Heap& heap) {
  vtl::Map* map = heap.make_map();
  for (const auto& [name, value] : values) heap.put(*map, name, heap.text(value));
  return map;
}

StringMap strings_of(const Value* value) {
  StringMap out;
  if (!value || !value->is_map()) return out;
  for (const auto& [name, each] : value->map().entries)
    if (!each.is_null()) out[name] = vtl::text_of(each);
  return out;
}

vtl::Parameters last_of(const std::vector<std::pair<std::string, std::string>>& pairs, bool ignore_case) {
  vtl::Parameters out;
  for (const auto& [name, value] : pairs) {
    bool known = false;
    for (auto& [key, held] : out) {
      if (!(ignore_case ? equal_ignoring_case(key, name) : key == name)) continue;
      held = valid_utf8(value);
      known = true;
    }
    if (!known) out.emplace_back(valid_utf8(name), valid_utf8(value));
  }
  return out;
}

vtl::Map* override_maps(Heap& heap, const Overrides* known, bool response) {
  vtl::Map* all = heap.make_map();
  vtl::Map* header = map_of(known ? known->header : StringMap(), heap);
  heap.put(*all, "header", Value::map(header));
  header->write_once = true;
  if (response) return all->write_once = true, all;
  for (const auto& [name, values] : {std::pair<const char*, const StringMap*>{"path", known ? &known->path : nullptr},
                                     {"querystring", known ? &known->query : nullptr}}) {
    vtl::Map* map = map_of(values ? *values : StringMap(), heap);
    map->write_once = true;
    heap.put(*all, name, Value::map(map));
  }
  return all;
}

}  // namespace

void complain(Call& call, const std::string& problem) {
  call.trace.problem = problem;
  if (!call.services.on_problem) return;
  call.services.on_problem(call.stage->api->name + ", stage " + call.stage->stage->name + ", " + call.plan->key + ": " +
                           problem);
}

std::optional<TemplateOutput> run_template(Call& call, const CompiledTemplate& chosen, std::string_view body,
                                           const Overrides* request) {
  const std::string which =
      std::string(request ? "the response" : "the request") + " template for " + chosen.content_type;
  if (!chosen.compiled) {
    complain(call, which + ", " + chosen.problem);
    return std::nullopt;
  }
  try {
    vtl::Render render;
    Heap& heap = render.heap();
    vtl::Payload payload;
    payload.body = valid_utf8(body);
    payload.path = last_of(call.path_parameters, false);
    payload.query = last_of(call.query, false);
    payload.header = last_of(integration_headers(call, false, false), true);
    vtl::Map* asked = override_maps(heap, request, false);
    vtl::Map* answered = override_maps(heap, nullptr, true);
    auto* context = heap.make<Context>(call, "");
    context->give("requestOverride", asked);
    if (request) context->give("responseOverride", answered);
    render.set("input", vtl::make_input(heap, std::move(payload)));
    render.set("util", vtl::make_util(heap));
    render.set("context", Value::object(context));
    render.set("stageVariables", Value::map(map_of(call.stage->stage->variables, heap)));
    TemplateOutput out;
    out.body = render.run(*chosen.compiled);
    const vtl::Map* set = request ? answered : asked;
    auto part = [&](const char* name) { return const_cast<vtl::Map*>(set)->find(name); };
    out.overrides.header = strings_of(part("header"));
    out.overrides.path = strings_of(part("path"));
    out.overrides.query = strings_of(part("querystring"));
    if (const Value* status = part("status"); request && status && !status->is_null()) {
      const std::string text = vtl::text_of(*status);
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.overrides.status);
      if (error != std::errc() || end != text.data() + text.size() || out.overrides.status < 200 ||
          out.overrides.status > 599)
        throw vtl::TemplateError("$context.responseOverride.status is \"" + text + "\", which is no status");
    }
    return out;
  } catch (const vtl::TemplateError& error) {
    complain(call, which + (error.line ? ", line " + std::to_string(error.line) : "") + ": " + error.what());
    return std::nullopt;
  }
}

}  // namespace stator::gateway
