// Any bytes as a stored item: what is not an item throws, whichever way it is read, and nothing beyond it is touched.
#include <cstring>
#include <memory>
#include <stdexcept>

#include "claim.h"
#include "protocol/json/item_codec.h"

using namespace stator;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Exactly as long as the input: the address sanitizer sees the first byte too many.
  std::unique_ptr<char[]> exact(new char[size]);
  if (size > 0) std::memcpy(exact.get(), data, size);
  std::string_view stored(exact.get(), size);
  const std::string_view names[] = {"", "a", "b", "n"};
  Arena arena;
  bool whole = false;
  Item item;
  try {
    item = decode_item(stored, arena);
    whole = true;
  } catch (const std::runtime_error&) {
  }
  try {
    decode_attribute(stored, "b", arena);
    decode_attributes(stored, names, arena);
    std::string projected;
    project_item(stored, names, projected);
  } catch (const std::runtime_error&) {
    fuzz::claim(!whole, "what reads as a whole reads in parts");
  }
  if (!whole) return 0;
  std::string again;
  encode_item(item, again);
  fuzz::claim(equal(decode_item(again, arena), item), "what was decoded can be stored");
  return 0;
}
