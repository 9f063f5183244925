// The items of one data file for one table, each as PutItem would read it. The file's name says what it is:
//   .jsonl .ndjson   a JSON value a line
//   .json            any of json_values.h's forms
//   .csv .tsv        records under a header
// each also with .gz or .zst behind it. A JSON value is {"Item": {...}} as in the service's exports, {"PutRequest":
// {"Item": {...}}}, or the item itself; it is DynamoDB JSON where the table's hash key is ({"id": {"S": "a"}}), else
// plain JSON: a key cannot be a map, so there is no doubt. Plain values are typed as they are (text, number, boolean,
// null, list, map); a key attribute of type B is base64. In CSV key attributes of the table and its indexes have the
// type that the table defines, all others are strings, as with the service's ImportTable; a field left empty is an
// attribute left out, one written "" an empty string.
//
// One thread. Throws SeedError, which names file and line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "emulator/tables/table.h"
#include "protocol/value/arena.h"
#include "protocol/value/attribute_value.h"

namespace stator::seeding {

class ItemReader {
 public:
  virtual ~ItemReader() = default;
  // The next item, valid until the next call; `arena` is the reader's to reset. False at the end.
  virtual bool next(Arena& arena, Item& item) = 0;
  virtual int64_t line() const = 0;  // where the latest item begins
  virtual uint64_t bytes_read() const = 0;
};

// True for names that open_items() knows.
bool is_data_file(std::string_view name);
// The name of the table that a file of that name is for: "Music" for "Music.jsonl.gz".
std::string_view table_of_file(std::string_view name);

// `table` must outlive the reader.
std::unique_ptr<ItemReader> open_items(const std::string& path, const Table& table);

// The same for files whose form is told: DynamoDB JSON, a value a line; records, under a header unless `names` are
// given.
std::unique_ptr<ItemReader> open_json_lines(const std::string& path, const Table& table);
// Ion's text form, a value a line (ion_text.h).
std::unique_ptr<ItemReader> open_ion_lines(const std::string& path);
std::unique_ptr<ItemReader> open_csv(const std::string& path, const Table& table, char separator,
                                     std::vector<std::string> names);

}  // namespace stator::seeding
