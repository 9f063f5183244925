// Items as people write them: {"id": 7, "tags": ["a"]}. Which values may stand there is value_codec.h's to say.
#pragma once

#include "emulator/tables/table.h"
#include "protocol/json/value_codec.h"

namespace stator::seeding {

// A JSON object as an item of `table`. Values point into the document's memory or into `arena`.
ValueProblem read_plain_item(const JsonValue& json, const Table& table, Arena& arena, Item& item);

// One text as a value of the type that the table defines for that attribute, or as a string where it defines none.
ValueProblem read_plain_text(std::string_view name, std::string_view text, const Table& table, Arena& arena,
                             AttributeValue& value);

}  // namespace stator::seeding
