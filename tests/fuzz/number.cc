// Any text as one or two numbers (split at the first blank): parsing, order and arithmetic keep their laws.
#include <string>

#include "claim.h"
#include "protocol/value/number.h"

using namespace stator;

namespace {

int sign(int order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}
int sign(std::strong_ordering order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

bool parse(std::string_view text, NumberLayer layer, Number& number) {
  Arena arena;
  std::string_view canonical;
  NumberFault fault = parse_number(text, number, layer);
  fuzz::claim(canonicalize(text, layer, arena, canonical) == fault, "canonicalize and parse_number agree");
  if (fault != NumberFault::kNone) return false;
  fuzz::claim(canonical_text(number) == canonical, "the canonical text is the parsed number's");
  Number again;
  fuzz::claim(parse_number(canonical, again, layer) == NumberFault::kNone, "canonical text parses");
  fuzz::claim(compare(again, number) == 0 && compare(from_canonical(canonical), number) == 0, "and is the same number");
  fuzz::claim(canonical_text(again) == canonical, "and is canonical already");
  size_t size = number_size(canonical);
  fuzz::claim(size >= 1 && size <= 22, "a number's size is within bounds");
  fuzz::claim(hash_bytes(number).size() <= 22, "hash bytes are few");
  return true;
}

void check_pair(const Number& a, const Number& b) {
  std::string text_a = canonical_text(a), text_b = canonical_text(b);
  int order = sign(compare(a, b));
  fuzz::claim(sign(compare_canonical(text_a, text_b)) == order, "texts compare as numbers do");
  fuzz::claim(sign(compare(b, a)) == -order, "order is antisymmetric");
  fuzz::claim((order == 0) == (text_a == text_b), "equal numbers have equal texts");
  fuzz::claim((order == 0) == (hash_bytes(a) == hash_bytes(b)), "equal numbers alone have equal hash bytes");

  Number sum, mirrored, difference;
  NumberFault fault = add(a, b, sum);
  fuzz::claim(add(b, a, mirrored) == fault, "addition commutes");
  if (fault == NumberFault::kNone) {
    fuzz::claim(compare(sum, mirrored) == 0, "addition commutes");
    fuzz::claim(canonical_text(from_canonical(canonical_text(sum))) == canonical_text(sum), "a sum is canonical");
    fuzz::claim(sign(compare(sum, a)) == sign(compare(b, Number())), "adding what is above zero makes larger");
    Number back;
    fuzz::claim(subtract(sum, b, back) == NumberFault::kNone && compare(back, a) == 0, "a + b - b is a");
  }
  if (subtract(a, b, difference) == NumberFault::kNone) {
    fuzz::claim(sign(compare(difference, Number())) == order, "the sign of a - b is their order");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t blank = text.find(' ');
  std::string_view rest = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
  for (NumberLayer layer : {NumberLayer::kOld, NumberLayer::kNew}) {
    Number a, b;
    bool first = parse(text.substr(0, blank), layer, a);
    bool second = parse(rest, layer, b);
    if (first && second) check_pair(a, b);
  }
  return 0;
}
