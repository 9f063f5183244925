#include "emulator/seeding/item_reader.h"

#include <algorithm>
#include <set>

#include "emulator/seeding/csv_rows.h"
#include "emulator/seeding/ion_text.h"
#include "emulator/seeding/json_values.h"
#include "emulator/seeding/plain_item.h"
#include "emulator/seeding/seed_error.h"
#include "protocol/json/utf8.h"
#include "protocol/shapes/value_faults.h"

namespace stator::seeding {
namespace {

constexpr std::string_view kExtensions[] = {".jsonl", ".ndjson", ".json", ".csv", ".tsv"};

std::string_view extension_of(std::string_view name) {
  name = without_packing(name);
  for (std::string_view extension : kExtensions)
    if (name.size() > extension.size() && name.ends_with(extension)) return extension;
  return {};
}

std::string sentence_of(const ValueProblem& problem) {
  if (problem.fault != ValueFault::kMalformed) return value_problem_text(problem, NumberLayer::kNew);
  if (problem.type == AttributeValue::Type::B && !problem.detail.empty())
    return "not base64: " + std::string(problem.detail.substr(0, 100));
  return problem.type == AttributeValue::Type::NULL_
             ? "expected a value with its type, such as {\"S\": \"text\"}"
             : "the value does not have the form of its type, " + std::string(type_name(problem.type));
}

// Whatever the form: one file, and where in it the latest item began.
class FileReader : public ItemReader {
 public:
  int64_t line() const final { return line_; }
  uint64_t bytes_read() const final { return file_.bytes_read(); }

 protected:
  explicit FileReader(const std::string& path) : file_(path) {}
  [[noreturn]] void fail(const std::string& sentence) const { throw SeedError(file_.path(), line_, sentence); }

  InputFile file_;
  int64_t line_ = 0;
};

class JsonReader final : public FileReader {
 public:
  JsonReader(const std::string& path, const Table& table, bool lines, bool only_typed = false)
      : FileReader(path), values_(file_, table.name, lines, !lines), table_(table), only_typed_(only_typed) {}

  bool next(Arena& arena, Item& item) override {
    if (!values_.next(text_, line_)) return false;
    arena.reset();
    const JsonParse parsed = parse_json_in_place({text_.data(), text_.size()}, arena);
    if (parsed.fault != JsonFault::kNone) fail(fault_of(parsed));
    const JsonValue* json = &parsed.root;
    const std::string_view hash = table_.keys.hash[0].name;
    // The wrappings, unless they are attributes of that name.
    for (std::string_view wrapping : {"PutRequest", "Item"}) {
      const JsonValue* inner = json->find(wrapping);
      if (inner != nullptr && inner->is_object() && json->find(hash) == nullptr) json = inner;
    }
    if (!json->is_object()) fail("expected an item: a JSON object");
    if (json == &parsed.root && json->find("Keys") != nullptr && json->find("Metadata") != nullptr)
      fail("this is a record of an incremental export: only full exports can be imported");
    if (json->find("DeleteRequest") != nullptr && json->find(hash) == nullptr)
      fail("a DeleteRequest has no place among items to be put");
    const JsonValue* key = json->find(hash);
    const bool typed = only_typed_ || (key == nullptr ? looks_typed(*json) : key->is_object());
    if (ValueProblem problem =
            typed ? read_item(*json, NumberLayer::kNew, arena, item) : read_plain_item(*json, table_, arena, item))
      fail((typed ? attribute_of_fault(*json) : std::string()) + sentence_of(problem));
    return true;
  }

 private:
  // "attribute NAME: " of the first that cannot be read.
  static std::string attribute_of_fault(const JsonValue& json) {
    Arena arena;
    AttributeValue value;
    for (const JsonMember& member : json.members())
      if (read_value(member.value, NumberLayer::kNew, arena, value))
        return "attribute " + std::string(member.name) + ": ";
    return {};
  }
  // Without a key it will be refused; the sentence shall be the one that fits.
  static bool looks_typed(const JsonValue& json) {
    return std::all_of(json.members().begin(), json.members().end(),
                       [](const JsonMember& member) { return member.value.is_object(); });
  }
  static std::string fault_of(const JsonParse& parsed) {
    const std::string where = " at byte " + std::to_string(parsed.offset + 1) + " of the value that begins here";
    switch (parsed.fault) {
      case JsonFault::kBadUtf8:
        return "not UTF-8" + where;
      case JsonFault::kTooDeep:
        return "JSON nested too deeply" + where;
      default:
        return "not JSON" + where;
    }
  }

  JsonValues values_;
  const Table& table_;
  const bool only_typed_;
  std::string text_;
};

class IonReader final : public FileReader {
 public:
  explicit IonReader(const std::string& path) : FileReader(path), text_(file_) {}

  bool next(Arena& arena, Item& item) override {
    do {
      if (text_.peek() < 0) return false;
      line_ = text_.line();
      if (!text_.read_line(line_text_, kMostIonBytesALine)) fail("longer than 16 MB");
    } while (line_text_.find_first_not_of(" \t\r") == std::string::npos);
    arena.reset();
    json_.clear();
    if (const std::string fault = ion_to_json(line_text_, json_); !fault.empty()) fail(fault);
    const JsonParse parsed = parse_json_in_place({json_.data(), json_.size()}, arena);
    if (parsed.fault != JsonFault::kNone) fail("not UTF-8, or nested too deeply");
    if (ValueProblem problem = read_item(*parsed.root.find("Item"), NumberLayer::kNew, arena, item))
      fail(sentence_of(problem));
    return true;
  }

 private:
  TextReader text_;
  std::string line_text_, json_;
};

class CsvReader final : public FileReader {
 public:
  CsvReader(const std::string& path, const Table& table, char separator, std::vector<std::string> names = {})
      : FileReader(path), rows_(file_, separator), table_(table), names_(std::move(names)) {
    std::vector<CsvField> header;
    if (!names_.empty() || !rows_.next(header, line_)) return;
    std::set<std::string_view> seen;
    for (const CsvField& field : header) {
      if (field.text.empty()) fail("the header has a column without a name");
      if (find_invalid_utf8(field.text) != field.text.size()) fail("not UTF-8");
      if (!seen.insert(field.text).second) fail("the header has column " + field.text + " twice");
      names_.push_back(field.text);
    }
  }

  bool next(Arena& arena, Item& item) override {
    if (!rows_.next(fields_, line_)) return false;
    arena.reset();
    if (fields_.size() != names_.size())
      fail("has " + std::to_string(fields_.size()) + " fields, the header " + std::to_string(names_.size()));
    std::span<Attribute> attributes = arena.make<Attribute>(names_.size());
    size_t count = 0;
    for (size_t i = 0; i < names_.size(); ++i) {
      const CsvField& field = fields_[i];
      if (field.text.empty() && !field.quoted) continue;
      if (find_invalid_utf8(field.text) != field.text.size()) fail(names_[i] + ": not UTF-8");
      Attribute& attribute = attributes[count++];
      attribute.name = names_[i];
      if (ValueProblem problem = read_plain_text(names_[i], field.text, table_, arena, attribute.value))
        fail(names_[i] + ": " + sentence_of(problem));
    }
    item = AttributeValue::map(sort_attributes(attributes.first(count)));
    return true;
  }

 private:
  CsvRows rows_;
  const Table& table_;
  std::vector<std::string> names_;
  std::vector<CsvField> fields_;
};

}  // namespace

bool is_data_file(std::string_view name) {
  return !extension_of(name).empty();
}

std::string_view table_of_file(std::string_view name) {
  return without_packing(name).substr(0, without_packing(name).size() - extension_of(name).size());
}

std::unique_ptr<ItemReader> open_items(const std::string& path, const Table& table) {
  const std::string_view extension = extension_of(path);
  if (extension == ".csv") return std::make_unique<CsvReader>(path, table, ',');
  if (extension == ".tsv") return std::make_unique<CsvReader>(path, table, '\t');
  return std::make_unique<JsonReader>(path, table, extension == ".jsonl" || extension == ".ndjson");
}

std::unique_ptr<ItemReader> open_json_lines(const std::string& path, const Table& table) {
  return std::make_unique<JsonReader>(path, table, true, true);
}

std::unique_ptr<ItemReader> open_ion_lines(const std::string& path) {
  return std::make_unique<IonReader>(path);
}

std::unique_ptr<ItemReader> open_csv(const std::string& path, const Table& table, char separator,
                                     std::vector<std::string> names) {
  return std::make_unique<CsvReader>(path, table, separator, std::move(names));
}

}  // namespace stator::seeding
