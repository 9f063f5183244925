// Mapping templates and JSONPaths of any text: compiled or refused, rendered within their limits or refused.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "claim.h"
#include "emulator/gateway/vtl/api_objects.h"
#include "emulator/gateway/vtl/json_path.h"
#include "emulator/gateway/vtl/template.h"
#include "protocol/json/json_value.h"

using namespace stator::vtl;

namespace {

constexpr const char* kBody =
    R"({"a":{"b":[1,2.5,"x",null,true,{"c":"d"}]},"l":[{"p":1,"n":"é"},{"p":2}],"s":"k=v&x=y"})";

void render(std::string_view text, const Limits& limits) {
  try {
    const auto compiled = Template::compile(text);
    Render render(limits);
    Payload payload;
    payload.body = kBody;
    payload.path = {{"id", "7"}};
    payload.header = {{"X-H", "it's"}};
    render.set("input", make_input(render.heap(), std::move(payload)));
    render.set("util", make_util(render.heap()));
    Map* kept = render.heap().make_map();
    render.set("m", Value::map(kept));
    const std::string out = render.run(*compiled);
    text_of(Value::map(kept));
    stator::fuzz::claim(out.size() <= limits.output, "the output keeps its limit");
  } catch (const TemplateError& error) {
    stator::fuzz::claim(error.line >= 0, "an error has a line");
  }
}

void read_path(std::string_view text, const Limits& limits) {
  Heap heap(limits.memory, limits.time);
  try {
    const JsonPath path = JsonPath::parse(text);
    const Value root = parse_body(kBody, heap);
    if (const auto found = path.read(root, heap)) {
      json_of(*found);
      text_of(*found);
    }
  } catch (const TemplateError&) {
    // refused
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Limits limits;
  limits.steps = 20'000;
  limits.memory = 4u << 20;
  limits.output = 1u << 20;
  render(text, limits);
  read_path(text, limits);
  return 0;
}
