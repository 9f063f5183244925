// Packed files, JSON values and CSV records: the text of a data file before it means anything.
#include <vector>

#include "emulator/seeding/csv_rows.h"
#include "emulator/seeding/json_values.h"
#include "files.h"

namespace stator::seeding {
namespace {

std::string all_of(const std::string& path) {
  InputFile file(path);
  std::string text;
  for (std::string_view piece = file.next(); !piece.empty(); piece = file.next()) text += piece;
  EXPECT_EQ(file.next(), "");
  EXPECT_EQ(file.bytes_read(), std::filesystem::file_size(path));
  return text;
}

std::string large_text() {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  return text;
}

TEST(InputFile, UnpacksByContentNotByName) {
  Files files;
  const std::string text = large_text();
  EXPECT_EQ(all_of(files.write("plain.gz", text)), text);
  EXPECT_EQ(all_of(files.write("packed", gzip(text))), text);
  EXPECT_EQ(all_of(files.write("packed.json", zstd(text))), text);
  EXPECT_EQ(all_of(files.write("empty", "")), "");
  EXPECT_EQ(all_of(files.write("empty.gz", gzip(""))), "");
}

TEST(InputFile, ReadsMembersAndFramesInARowAsOneText) {
  Files files;
  EXPECT_EQ(all_of(files.write("a", gzip("one ") + gzip("") + gzip("two"))), "one two");
  EXPECT_EQ(all_of(files.write("b", zstd("one ") + zstd("two"))), "one two");
}

TEST(InputFile, RefusesWhatIsDamagedOrCutOff) {
  Files files;
  for (const std::string& packed : {gzip(large_text()), zstd(large_text())}) {
    const std::string cut = files.write("cut", packed.substr(0, packed.size() / 2));
    EXPECT_EQ(failure_of([&] { all_of(cut); }), cut + ": ends too early: the packed data is incomplete");
    std::string spoiled = packed;
    for (size_t i = packed.size() / 2; i < packed.size() / 2 + 64; ++i) spoiled[i] = static_cast<char>(~spoiled[i]);
    const std::string path = files.write("spoiled", spoiled);
    EXPECT_EQ(failure_of([&] { all_of(path); }), path + ": is damaged: it cannot be unpacked");
  }
  const std::string missing = files.path("missing");
  EXPECT_EQ(failure_of([&] { all_of(missing); }), missing + ": cannot be read: No such file or directory");
}

// "line:value line:value ...", and the error behind it without the file's name.
std::string json_values(const Files& files, std::string_view text, bool lines) {
  const std::string path = files.write("values", text);
  std::string out;
  try {
    InputFile file(path);
    JsonValues values(file, "T", lines, !lines);
    std::string value;
    for (int64_t line = 0; values.next(value, line);)
      out += (out.empty() ? "" : " ") + std::to_string(line) + ":" + value;
  } catch (const std::exception& error) {
    out += (out.empty() ? "! " : " ! ") + std::string(error.what()).substr(path.size() + 1);
  }
  return out;
}

TEST(JsonValues, EveryForm) {
  Files files;
  const struct {
    std::string_view text;
    std::string_view values;
  } kCases[] = {
      {"", ""},
      {" \n\t\n", ""},
      {"\xEF\xBB\xBF{\"a\":1}", "1:{\"a\":1}"},
      // A value a line.
      {"{\"a\":1}\n{\"a\":2}\n", "1:{\"a\":1} 2:{\"a\":2}"},
      {"\n{\"a\":1}\r\n\r\n  {\"a\":2}  ", "2:{\"a\":1} 4:  {\"a\":2}"},
      {"{\"a\":1}\n{\"a\":[}\n{\"a\":3}", "1:{\"a\":1} 2:{\"a\":[} 3:{\"a\":3}"},
      // Values over several lines, or several on one.
      {"{\n\"a\": 1\n}\n{\n\"a\": 2}", "1:{\n\"a\": 1\n} 4:{\n\"a\": 2}"},
      {"{} {\"b\":\"}\\\"\"}", "1:{} 1:{\"b\":\"}\\\"\"}"},
      {"{\"a\": 1", "! 1: the JSON value that begins here has no end"},
      {"{\n}\n{\"a\": \"x", "1:{\n} ! 3: the JSON value that begins here has no end"},
      {"]", "! 1: expected a JSON value"},
      // An array's elements.
      {"[]", ""},
      {"[ {\"a\":[1,2]} ,\n {\"b\":\"],\"},7 ]\n", "1:{\"a\":[1,2]} 2:{\"b\":\"],\"} 2:7"},
      {"[{}", "1:{} ! 1: the JSON array has no end"},
      {"[{} {}]", "1:{} ! 1: expected , or ] behind an element of the JSON array"},
      {"[{},]", "1:{} ! 1: expected a JSON value"},
      {"[{}] x", "1:{} ! 1: unexpected text behind the JSON array"},
      // The output of scan.
      {"{\"Items\": [{\"a\":1},\n{\"b\":2}], \"Count\": 2, \"ConsumedCapacity\": null}\n", "1:{\"a\":1} 2:{\"b\":2}"},
      {"{\n  \"Items\": [],\n  \"Count\": 0\n}", ""},
      {"{\"Items\": [{}]} {}", "1:{} ! 1: unexpected text behind the JSON document"},
      {"{\"Items\": [{}]", "1:{} ! 1: the JSON document has no end"},
      // A batch.
      {"{\"T\": [{\"PutRequest\": {\"Item\": {}}}, {\"PutRequest\": 1}]}",
       "1:{\"PutRequest\": {\"Item\": {}}} 1:{\"PutRequest\": 1}"},
      {"{\"U\": [{\"PutRequest\": {}}]}", "! 1: these are items of \"U\", not of table T"},
      {"{\"T\": [{\"PutRequest\": {}}],\n\"U\": [{\"PutRequest\": {}}]}",
       "1:{\"PutRequest\": {}} ! 2: \"U\" is another list of items than that of table T"},
      // None of these is a document.
      {"{\"tags\": [\"x\"], \"a\": 1}", "1:{\"tags\": [\"x\"], \"a\": 1}"},
      {"{\"tags\": [{\"x\": {}}], \"a\": 1}\n{}", "1:{\"tags\": [{\"x\": {}}], \"a\": 1} 2:{}"},
  };
  for (const auto& c : kCases) EXPECT_EQ(json_values(files, c.text, false), c.values) << c.text;
}

TEST(JsonValues, LinesAreNeverDocuments) {
  Files files;
  EXPECT_EQ(json_values(files, "{\"Items\": [1]}\n\n[1,\n2]", true), "1:{\"Items\": [1]} 3:[1, 4:2]");
}

TEST(JsonValues, RefusesWhatNoItemCanBe) {
  Files files;
  const std::string large = "{\"a\":\"" + std::string(17 << 20, 'x') + "\"}";
  EXPECT_EQ(json_values(files, "{}\n" + large, true), "1:{} ! 2: a line of more than 16 MB: no item is that large");
  EXPECT_EQ(json_values(files, "[" + large + "]", false),
            "! 1: a JSON value of more than 16 MB begins here: no item is that large");
}

std::string csv_rows(const Files& files, std::string_view text) {
  const std::string path = files.write("rows", text);
  std::string out;
  try {
    InputFile file(path);
    CsvRows rows(file, ',');
    std::vector<CsvField> fields;
    for (int64_t line = 0; rows.next(fields, line);) {
      out += std::to_string(line) + ":";
      for (const CsvField& field : fields) out += "<" + field.text + (field.quoted ? "\">" : ">");
    }
  } catch (const std::exception& error) {
    out += "! " + std::string(error.what()).substr(path.size() + 1);
  }
  return out;
}

TEST(CsvRows, Records) {
  Files files;
  const struct {
    std::string_view text;
    std::string_view rows;
  } kCases[] = {
      {"", ""},
      {"a,b\n1,2\n", "1:<a><b>2:<1><2>"},
      {"a,b\r\n\r\n1,2", "1:<a><b>3:<1><2>"},
      {"a,,\n", "1:<a><><>"},
      {"\"\",\"x,y\",\"say \"\"hi\"\"\"\n", "1:<\"><x,y\"><say \"hi\"\">"},
      {"\"two\nlines\",b\nc,d", "1:<two\nlines\"><b>3:<c><d>"},
      {"a b, c ", "1:<a b>< c >"},
      {"a,\"b", "! 1: the quoted field that begins here has no closing quote"},
      {"a,b\"c\n", "! 1: a quote within field 2: a field with quotes is quoted as a whole, its own quotes doubled"},
      {"\"a\"b\n", "! 1: a quote within field 1: a field with quotes is quoted as a whole, its own quotes doubled"},
  };
  for (const auto& c : kCases) EXPECT_EQ(csv_rows(files, c.text), c.rows) << c.text;
}

}  // namespace
}  // namespace stator::seeding
