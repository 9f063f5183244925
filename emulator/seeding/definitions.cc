#include "emulator/seeding/definitions.h"

#include "emulator/seeding/input_file.h"
#include "emulator/templates/reader.h"
#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"

namespace stator::seeding {
namespace {

using templates::Node;
using templates::TableRequest;

constexpr size_t kMaxDefinition = 16 << 20;
constexpr int64_t kDefaultWarmReads = 12000;
constexpr int64_t kDefaultWarmWrites = 4000;

void member(JsonWriter& w, std::string_view name, const Node& value) {
  templates::append_json(value, w.key(name).next());
}

void copy(JsonWriter& w, const Node& from, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const Node* value = from.find(name)) member(w, name, *value);
}

void write_throughput(JsonWriter& w, const Node& described) {
  const Node* throughput = described.find("ProvisionedThroughput");
  if (throughput == nullptr) return;
  w.key("ProvisionedThroughput").begin_object();
  copy(w, *throughput, {"ReadCapacityUnits", "WriteCapacityUnits"});
  w.end_object();
}

// A description tells what the service warms every table to; only more than that was asked for.
void write_warm(JsonWriter& w, const Node& described) {
  const Node* warm = described.find("WarmThroughput");
  const Node* reads = warm != nullptr ? warm->find("ReadUnitsPerSecond") : nullptr;
  const Node* writes = warm != nullptr ? warm->find("WriteUnitsPerSecond") : nullptr;
  if (reads == nullptr || writes == nullptr) return;
  if (reads->integer("ReadUnitsPerSecond") <= kDefaultWarmReads &&
      writes->integer("WriteUnitsPerSecond") <= kDefaultWarmWrites)
    return;
  w.key("WarmThroughput").begin_object();
  copy(w, *warm, {"ReadUnitsPerSecond", "WriteUnitsPerSecond"});
  w.end_object();
}

void write_indexes(JsonWriter& w, const Node& described, const char* name, bool provisioned) {
  const Node* indexes = described.find(name);
  if (indexes == nullptr || indexes->items.empty()) return;
  const bool global = std::string_view(name) == "GlobalSecondaryIndexes";
  w.key(name).begin_array();
  for (const Node& index : indexes->items) {
    w.begin_object();
    copy(w, index,
         {"IndexName", "KeySchema", "Projection", "SearchSchema", "VectorAttribute", "Dimensions", "DistanceFunction"});
    if (global) copy(w, index, {"OnDemandThroughput"});
    if (global && provisioned) write_throughput(w, index);
    if (global) write_warm(w, index);
    w.end_object();
  }
  w.end_array();
}

const Node& table_name_in(const Node& table) {
  const Node* name = table.find("TableName");
  if (name == nullptr) table.fail("a table's definition: expected TableName");
  return *name;
}

void write_time_to_live(TableRequest& request, const Node& attribute) {
  JsonWriter w(request.update_time_to_live);
  w.begin_object().key("TableName").string(request.name).key("TimeToLiveSpecification").begin_object();
  w.key("AttributeName").string(attribute.string("AttributeName")).key("Enabled").boolean(true);
  w.end_object().end_object();
}

// DescribeTable's output as the input that makes such a table.
TableRequest described_table(const Node& output, const Node& table) {
  TableRequest request;
  request.name = table_name_in(table).string("TableName");
  request.place = table_name_in(table).place();
  const Node* billing = table.find("BillingModeSummary");
  const Node* mode = billing != nullptr ? billing->find("BillingMode") : nullptr;
  const bool provisioned = mode == nullptr || mode->string("BillingMode") != "PAY_PER_REQUEST";
  JsonWriter w(request.create_table);
  w.begin_object();
  copy(w, table,
       {"TableName", "AttributeDefinitions", "KeySchema", "StreamSpecification", "DeletionProtectionEnabled",
        "OnDemandThroughput"});
  if (mode != nullptr) member(w, "BillingMode", *mode);
  if (provisioned) write_throughput(w, table);
  write_warm(w, table);
  write_indexes(w, table, "LocalSecondaryIndexes", provisioned);
  write_indexes(w, table, "GlobalSecondaryIndexes", provisioned);
  write_indexes(w, table, "VectorIndexes", provisioned);
  if (const Node* summary = table.find("TableClassSummary")) copy(w, *summary, {"TableClass"});
  const Node* sse = table.find("SSEDescription");
  if (const Node* type = sse != nullptr ? sse->find("SSEType") : nullptr) {
    w.key("SSESpecification").begin_object().key("Enabled").boolean(true);
    member(w, "SSEType", *type);
    if (const Node* key = sse->find("KMSMasterKeyArn")) member(w, "KMSMasterKeyId", *key);
    w.end_object();
  }
  copy(w, output, {"Tags"});
  w.end_object();
  if (const Node* ttl = output.find("TimeToLiveDescription")) {
    const Node* status = ttl->find("TimeToLiveStatus");
    const Node* attribute = ttl->find("AttributeName");
    if (attribute != nullptr && (status == nullptr || status->text.starts_with("ENABL")))
      write_time_to_live(request, *attribute);
  }
  return request;
}

TableRequest requested_table(const Node& input) {
  TableRequest request;
  request.name = table_name_in(input).string("TableName");
  request.place = table_name_in(input).place();
  templates::append_json(input, request.create_table);
  if (const Node* ttl = input.find("TimeToLiveSpecification"))
    if (const Node* attribute = ttl->find("AttributeName")) write_time_to_live(request, *attribute);
  return request;
}

bool is_template(const Node& root) {
  return root.find("Resources") != nullptr || root.find("AWSTemplateFormatVersion") != nullptr;
}

void read_table(const Node& node, std::vector<TableRequest>& found) {
  if (node.is_list()) {
    for (const Node& each : node.items) read_table(each, found);
  } else if (const Node* table = node.find("Table"); table != nullptr && table->is_map()) {
    found.push_back(described_table(node, *table));
  } else if (const Node* made = node.find("TableDescription"); made != nullptr && made->is_map()) {
    found.push_back(described_table(node, *made));
  } else if (node.find("KeySchema") != nullptr) {
    found.push_back(requested_table(node));
  } else {
    node.fail("expected a template, the output of describe-table, or the input of create-table");
  }
}

}  // namespace

std::vector<TableRequest> definitions_in(const std::string& path, const templates::TemplateOptions& options) {
  Node root = templates::read_file(path);
  if (is_template(root)) return tables_of(templates::Template(std::move(root), options));
  std::vector<TableRequest> found;
  read_table(root, found);
  return found;
}

bool is_template_name(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".template");
}

bool defines_tables(const std::string& path) {
  if (is_template_name(path)) return true;
  if (!path.ends_with(".json")) return false;
  InputFile file(path);
  std::string text;
  for (std::string_view piece = file.next(); !piece.empty(); piece = file.next()) {
    text += piece;
    if (text.size() > kMaxDefinition) return false;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  Arena arena;
  const JsonParse parsed = parse_json_in_place({text.data(), text.size()}, arena);
  if (parsed.fault != JsonFault::kNone) return false;
  const auto defines = [](const JsonValue& value) {
    const JsonValue* table = value.find("Table");
    if (table == nullptr) table = value.find("TableDescription");
    if (table != nullptr && table->find("KeySchema") != nullptr) return true;
    const JsonValue* resources = value.find("Resources");
    return (resources != nullptr && resources->is_object()) || value.find("AWSTemplateFormatVersion") != nullptr ||
           (value.find("TableName") != nullptr && value.find("KeySchema") != nullptr);
  };
  if (!parsed.root.is_array()) return defines(parsed.root);
  return parsed.root.count() > 0 && defines(parsed.root.elements()[0]);
}

}  // namespace stator::seeding
