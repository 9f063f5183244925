// Any text as a PartiQL statement, then as JSON the item that it is asked of: the only exception is ExpressionError,
// and what a statement makes of an item is a well-formed item. As many parameters as it has are given, of all types in
// turn.
#include <string>

#include "claim.h"
#include "emulator/expressions/expression_error.h"
#include "emulator/partiql/bound_statement.h"
#include "emulator/partiql/statement.h"
#include "protocol/json/item_codec.h"
#include "protocol/json/utf8.h"

using namespace stator;
using namespace stator::partiql;

namespace {

constexpr std::string_view kValues =
    R"({"a":{"S":"a"},"b":{"N":"1"},"c":{"SS":["a","b"]},"d":{"L":[{"N":"1"}]},"e":{"M":{"a":{"N":"1"}}},)"
    R"("f":{"B":"AAE="},"g":{"NS":["1","2"]},"h":{"NULL":true},"i":{"BOOL":true}})";

void check_item(const Item& item, Arena& arena) {
  std::string stored;
  encode_item(item, stored);
  fuzz::claim(equal(decode_item(stored, arena), item), "a made item can be stored");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Arena arena;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  size_t line = input.find('\0');
  std::string_view text = input.substr(0, line);
  if (text.size() > 8192) return 0;
  Item item = map_of({}, arena);
  if (line != std::string_view::npos) {
    JsonParse parse = parse_json(input.substr(line + 1), arena);
    if (parse.fault != JsonFault::kNone || read_item(parse.root, NumberLayer::kNew, arena, item))
      item = map_of({}, arena);
  }
  Item values = decode_item(kValues, arena);
  try {
    std::shared_ptr<const Statement> statement = read_statement(text);
    std::span<AttributeValue> parameters = arena.make<AttributeValue>(statement->parameters);
    for (size_t i = 0; i < parameters.size(); ++i)
      parameters[i] = values.attributes()[(i + size) % values.attributes().size()].value;
    BoundStatement bound = bind(statement, parameters, arena);
    fuzz::claim(!bound->table.empty(), "a statement names a table");
    if (bound.where != nullptr) bound.where->holds(item);
    if (bound->kind == StatementKind::kInsert) check_item(bound.item, arena);
    if (bound->kind == StatementKind::kUpdate) check_item(bound.update->apply(item, arena).item, arena);
    if (bound->selects() && bound->fault.empty() && bound.projection != nullptr)
      check_item(bound.projection->apply(item, arena), arena);
  } catch (const expressions::ExpressionError& error) {
    fuzz::claim(!error.message.empty(), "an error says what is wrong");
    fuzz::claim(find_invalid_utf8(text) != text.size() || find_invalid_utf8(error.message) == error.message.size(),
                "an error about UTF-8 text is UTF-8 text");
  }
  return 0;
}
