// What a data file's values mean for a table.
#include "emulator/seeding/item_reader.h"

#include "files.h"
#include "protocol/json/value_codec.h"

namespace stator::seeding {
namespace {

using Type = AttributeValue::Type;

Table table() {
  Table table;
  table.name = "T";
  table.keys.hash = {{"id", Type::S}};
  table.definitions = {{"id", Type::S}, {"n", Type::N}, {"b", Type::B}};
  return table;
}

// The items, a line each, and what was wrong behind them without the file's name.
std::string read_all(const Files& files, const std::string& name, std::string_view text, const Table& table) {
  const std::string path = files.write(name, text);
  std::string out;
  try {
    const auto reader = open_items(path, table);
    Arena arena;
    for (Item item; reader->next(arena, item);) {
      out += std::to_string(reader->line()) + ":";
      append_item(item, out);
      out += "\n";
    }
  } catch (const std::exception& error) {
    out += "! " + std::string(error.what()).substr(path.size() + 1);
  }
  return out;
}

TEST(ItemReader, JsonItems) {
  Files files;
  const struct {
    std::string_view text;
    std::string_view items;
  } kCases[] = {
      // DynamoDB JSON, with and without what stands around it.
      {R"({"Item":{"id":{"S":"a"},"n":{"N":"1E2"}}})", "1:{\"id\":{\"S\":\"a\"},\"n\":{\"N\":\"100\"}}\n"},
      {R"({"id":{"S":"a"}})", "1:{\"id\":{\"S\":\"a\"}}\n"},
      {R"([{"PutRequest":{"Item":{"id":{"S":"a"}}}}])", "1:{\"id\":{\"S\":\"a\"}}\n"},
      // Plain JSON.
      {R"({"id":"a","n":1.50,"x":[null,true,{"k":[]}],"b":"aGk="})",
       "1:{\"b\":{\"B\":\"aGk=\"},\"id\":{\"S\":\"a\"},\"n\":{\"N\":\"1.5\"},\"x\":{\"L\":[{\"NULL\":true},{\"BOOL\":"
       "true},"
       "{\"M\":{\"k\":{\"L\":[]}}}]}}\n"},
      // A map that looks like a value is still a map; an attribute Item is no wrapping.
      {R"({"id":"a","x":{"S":"y"}})", "1:{\"id\":{\"S\":\"a\"},\"x\":{\"M\":{\"S\":{\"S\":\"y\"}}}}\n"},
      {R"({"id":"a","Item":{"k":1}})", "1:{\"Item\":{\"M\":{\"k\":{\"N\":\"1\"}}},\"id\":{\"S\":\"a\"}}\n"},
      // What is wrong.
      {"{\"id\":\"a\"}\n{\"id\":\"b\",}\n",
       "1:{\"id\":{\"S\":\"a\"}}\n! 2: not JSON at byte 11 of the value that begins here"},
      {"{\"id\":\"\xff\"}", "! 1: not UTF-8 at byte 8 of the value that begins here"},
      {"[1]", "! 1: expected an item: a JSON object"},
      {R"({"id":{"S":"a"},"x":{"N":"1x"}})",
       "! 1: attribute x: The parameter cannot be converted to a numeric value: 1x"},
      {R"({"id":{"S":"a"},"x":5})", "! 1: attribute x: expected a value with its type, such as {\"S\": \"text\"}"},
      {R"({"id":{"S":"a"},"x":{"S":5}})", "! 1: attribute x: the value does not have the form of its type, S"},
      {R"({"id":"a","b":"?"})", "! 1: not base64: ?"},
      {R"({"Metadata":{},"Keys":{"id":{"S":"a"}},"NewImage":{}})",
       "! 1: this is a record of an incremental export: only full exports can be imported"},
      {R"([{"DeleteRequest":{"Key":{"id":{"S":"a"}}}}])", "! 1: a DeleteRequest has no place among items to be put"},
  };
  for (const auto& c : kCases) EXPECT_EQ(read_all(files, "T.json", c.text, table()), c.items) << c.text;
}

TEST(ItemReader, NestingIsBounded) {
  Files files;
  const auto nested = [](size_t depth) {
    return "{\"id\":\"a\",\"x\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(read_all(files, "T.jsonl", nested(kMaxValueDepth), table()).substr(0, 2), "1:");
  EXPECT_NE(read_all(files, "T.jsonl", nested(kMaxValueDepth + 1), table()).find("Nesting Levels have exceeded"),
            std::string::npos);
}

TEST(ItemReader, CsvTypesKeysAsDefinedAndTheRestAsStrings) {
  Files files;
  const struct {
    std::string_view text;
    std::string_view items;
  } kCases[] = {
      {"", ""},
      {"id,n,b,x\n", ""},
      {"id,n,b,x\na,1e2,aGk=,7\n",
       "2:{\"b\":{\"B\":\"aGk=\"},\"id\":{\"S\":\"a\"},\"n\":{\"N\":\"100\"},\"x\":{\"S\":\"7\"}}\n"},
      {"x,id\n,a\n\"\",b\n", "2:{\"id\":{\"S\":\"a\"}}\n3:{\"id\":{\"S\":\"b\"},\"x\":{\"S\":\"\"}}\n"},
      {"id,n\na,seven\n", "! 2: n: The parameter cannot be converted to a numeric value: seven"},
      {"id,n\na\n", "! 2: has 1 fields, the header 2"},
      {"id,id\n", "! 1: the header has column id twice"},
      {"id,\n", "! 1: the header has a column without a name"},
      {"id,x\na,\xff\n", "! 2: x: not UTF-8"},
  };
  for (const auto& c : kCases) EXPECT_EQ(read_all(files, "T.csv", c.text, table()), c.items) << c.text;
  EXPECT_EQ(read_all(files, "T.tsv", "id\tn\na,b\t1\n", table()), "2:{\"id\":{\"S\":\"a,b\"},\"n\":{\"N\":\"1\"}}\n");
}

TEST(ItemReader, NamesSayTheFormatAndTheTable) {
  for (const char* name : {"T.json", "T.jsonl", "T.ndjson", "T.csv", "T.tsv", "T.json.gz", "T.csv.zst"}) {
    EXPECT_TRUE(is_data_file(name)) << name;
    EXPECT_EQ(table_of_file(name), "T") << name;
  }
  for (const char* name : {"T", "T.txt", ".json", "T.gz", "T.ion.gz"}) EXPECT_FALSE(is_data_file(name)) << name;
  EXPECT_EQ(table_of_file("my.table-1.csv.gz"), "my.table-1");
}

}  // namespace
}  // namespace stator::seeding
