#include "emulator/gateway/body_path.h"

#include <chrono>

#include "emulator/gateway/media_type.h"
#include "emulator/gateway/vtl/api_objects.h"
#include "emulator/gateway/vtl/json_path.h"

namespace stator::gateway {
namespace {

constexpr size_t kMaxMemory = 64u << 20;
constexpr std::chrono::milliseconds kMaxTime{5000};

}  // namespace

std::optional<std::string> value_in_body(std::string_view body, std::string_view path) {
  try {
    vtl::Heap heap(kMaxMemory, kMaxTime);
    const vtl::Value root = vtl::parse_body(valid_utf8(body), heap);
    const std::optional<vtl::Value> found = vtl::JsonPath::parse(path).read(root, heap);
    if (!found || found->is_null()) return std::nullopt;
    return found->is_string() ? found->string() : vtl::json_of(*found);
  } catch (const vtl::TemplateError&) {
    return std::nullopt;
  }
}

}  // namespace stator::gateway
