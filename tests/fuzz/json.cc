// Any bytes as a request body: no crash, and what is accepted is UTF-8 whose compact text parses to the same text
// again.
#include "claim.h"
#include "protocol/json/json_value.h"

using namespace stator;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Exactly one byte more than the body, which the parser may read and write.
  std::string body(reinterpret_cast<const char*>(data), size);
  Arena arena;
  JsonParse parse = parse_json_in_place({body.data(), body.size()}, arena);
  fuzz::claim(parse.offset <= size, "a fault lies within the body");
  if (parse.fault != JsonFault::kNone) return 0;
  std::string text;
  append_json(parse.root, text);
  Arena again_arena;
  JsonParse again = parse_json(text, again_arena);
  fuzz::claim(again.fault == JsonFault::kNone, "what was written parses");
  std::string twice;
  append_json(again.root, twice);
  fuzz::claim(twice == text, "writing what was parsed changes nothing");
  return 0;
}
