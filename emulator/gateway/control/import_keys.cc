// ImportApiKeys: API keys from a table of comma-separated values with a header line, columns in any order and letter
// case: Name and Key, and if they like Description, Enabled, UsagePlanIds ("a,b" in quotes). A key whose value is known
// is written over.
#include <algorithm>

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"
#include "protocol/wire_message.h"

namespace stator::gateway::control {
namespace {

using Row = std::vector<std::string>;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Fields between commas; one that begins with a quote, single or double, ends with it.
Row fields_of(std::string_view line) {
  Row row;
  for (;;) {
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    std::string field;
    if (!line.empty() && (line.front() == '"' || line.front() == '\'')) {
      const size_t close = std::min(line.find(line.front(), 1), line.size());
      field = line.substr(1, close - 1);
      line.remove_prefix(std::min(close + 1, line.size()));
    }
    const size_t comma = std::min(line.find(','), line.size());
    field += trimmed(line.substr(0, comma));
    row.push_back(std::move(field));
    if (comma == line.size()) return row;
    line.remove_prefix(comma + 1);
  }
}

std::vector<Row> rows_of(std::string_view text) {
  std::vector<Row> rows;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!trimmed(line).empty()) rows.push_back(fields_of(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rows;
}

class KeyTable {
 public:
  explicit KeyTable(std::string_view text) : rows_(rows_of(text)) {
    if (rows_.empty()) throw bad_request("The API key file has no header");
    for (std::string& name : rows_.front()) name = lower_ascii(name);
    for (const char* needed : {"name", "key"})
      if (column(needed) == rows_.front().size())
        throw bad_request(std::string("The API key file has no column '") + needed + "'");
  }
  size_t size() const { return rows_.size() - 1; }
  std::string field(size_t row, std::string_view name) const {
    const size_t at = column(name);
    return at < rows_[row + 1].size() ? rows_[row + 1][at] : "";
  }

 private:
  size_t column(std::string_view name) const {
    const Row& header = rows_.front();
    return static_cast<size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  }
  std::vector<Row> rows_;
};

Node key_of(ControlRequest& request, const KeyTable& table, size_t row) {
  const std::string value = table.field(row, "key");
  Node key = map_node();
  for (auto& [path, known] : request.documents.children("/apikeys"))
    if (text_in(known, "value") == value) key = std::move(known);
  if (key.find("id") == nullptr) {
    set_text(key, "id", new_id(10));
    set_text(key, "value", value);
    key.set("stageKeys", list_node());
    key.set("createdDate", number_node(request.now_ms));
  }
  set_text(key, "name", table.field(row, "name"));
  if (const std::string text = table.field(row, "description"); !text.empty()) set_text(key, "description", text);
  key.set("enabled", boolean_node(lower_ascii(table.field(row, "enabled")) != "false"));
  key.set("lastUpdatedDate", number_node(request.now_ms));
  return key;
}

void join_plans(ControlRequest& request, const std::string& id, const std::string& plans, Node& warnings) {
  for (const std::string& plan : fields_of(plans)) {
    if (plan.empty()) continue;
    const std::string path = child("/usageplans", plan);
    if (!request.documents.has(path)) {
      warnings.items.push_back(text_node("Invalid Usage Plan ID specified: " + plan));
      continue;
    }
    Node entry = map_node();
    set_text(entry, "id", id);
    set_text(entry, "type", "API_KEY");
    request.documents.put(child(path + "/keys", id), entry);
  }
}

void import_keys(ControlRequest& request) {
  if (request.asked("format") != "csv") throw bad_request("Invalid format specified. Valid options are csv");
  const KeyTable table(request.raw);
  Node ids = list_node(), warnings = list_node();
  for (size_t row = 0; row < table.size(); ++row) {
    const std::string value = table.field(row, "key");
    if (value.size() < 20 || value.size() > 128) {
      warnings.items.push_back(
          text_node("API Key value should be at least 20 characters and at most 128: row " + std::to_string(row + 1)));
      continue;
    }
    const Node key = key_of(request, table, row);
    const std::string id = text_in(key, "id");
    request.documents.put(child("/apikeys", id), key);
    join_plans(request, id, table.field(row, "usageplanids"), warnings);
    ids.items.push_back(text_node(id));
  }
  if (request.asked("failonwarnings") == "true" && !warnings.items.empty())
    throw bad_request(warnings.items.front().text);  // thrown out of the transaction: nothing is kept
  request.reply.body = map_node();
  request.reply.body.set("ids", std::move(ids));
  request.reply.body.set("warnings", std::move(warnings));
  request.changed.push_back("/apikeys");
}

}  // namespace

bool run_key_imports(ControlRequest& request) {
  if (request.operation.name != "ImportApiKeys") return false;
  import_keys(request);
  return true;
}

}  // namespace stator::gateway::control
