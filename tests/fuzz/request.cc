// Any JSON as any operation's request: the checker throws nothing but AwsError, its errors are written as JSON, and
// both dialects let the same requests pass. The first byte names the operation.
#include "claim.h"
#include "protocol/error/error_catalog.h"
#include "protocol/json/json_value.h"
#include "protocol/shapes/checker.h"

using namespace stator;

namespace {

bool passes(OperationId operation, const JsonValue& body, const DialectSettings& settings) {
  try {
    check_request(operation, body, settings);
    return true;
  } catch (const AwsError& error) {
    std::string out;
    errors::append_error_body(error, out);
    Arena arena;
    fuzz::claim(parse_json(out, arena).fault == JsonFault::kNone, "an error's body is JSON");
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const DialectSettings old_settings = DialectSettings::all_old();
  static const DialectSettings new_settings = DialectSettings::all_new();
  if (size == 0) return 0;
  const OperationId operation = kOperations[data[0] % kOperationCount].id;
  Arena arena;
  const JsonParse parse = parse_json({reinterpret_cast<const char*>(data) + 1, size - 1}, arena);
  if (parse.fault != JsonFault::kNone) return 0;
  fuzz::claim(passes(operation, parse.root, old_settings) == passes(operation, parse.root, new_settings),
              "the dialects differ in words only");
  return 0;
}
