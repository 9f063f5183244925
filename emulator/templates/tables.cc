#include "emulator/templates/tables.h"

#include <string_view>

#include "protocol/json/json_writer.h"

namespace stator::templates {
namespace {

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  for (const std::string_view each : names)
    if (each == name) return true;
  return false;
}

// CloudFormation takes "5" for 5 and "true" for true; the service does not.
void append_typed(std::string_view name, const Node& node, std::string& out) {
  if (node.is_map()) {
    out += '{';
    bool first = true;
    for (const Member& member : node.members) {
      if (!first) out += ',';
      first = false;
      append_json_string(member.name, out);
      out += ':';
      append_typed(member.name, member.value, out);
    }
    out += '}';
  } else if (node.is_list()) {
    out += '[';
    for (size_t i = 0; i < node.items.size(); ++i) {
      if (i) out += ',';
      append_typed(name, node.items[i], out);
    }
    out += ']';
  } else if (one_of(name, {"ReadCapacityUnits", "WriteCapacityUnits", "MaxReadRequestUnits", "MaxWriteRequestUnits",
                           "ReadUnitsPerSecond", "WriteUnitsPerSecond", "Dimensions"})) {
    out += std::to_string(node.integer(name));
  } else if (one_of(name, {"Enabled", "SSEEnabled", "DeletionProtectionEnabled"})) {
    out += node.boolean(name) ? "true" : "false";
  } else if (node.is_null()) {
    out += "null";
  } else {
    append_json_string(node.text, out);
  }
}

void member(JsonWriter& w, std::string_view name, const Node& value) {
  w.key(name);
  append_typed(name, value, w.next());
}

// The table's name and keys, as all tables with AttributeDefinitions have them.
void write_keys(JsonWriter& w, const Template& source, const Resource& resource, TableRequest& request) {
  request.name = source.ref_of(resource);
  request.place = resource.node->place();
  w.key("TableName").string(request.name);
  for (const char* name : {"AttributeDefinitions", "KeySchema"}) {
    const std::optional<Node> value = source.property(resource, name);
    if (!value) resource.node->fail("table " + resource.logical_id + ": expected " + name);
    if (!value->is_list()) value->fail("table " + resource.logical_id + ": " + name + ": expected a list");
    member(w, name, *value);
  }
}

void write_stream(JsonWriter& w, const Template& source, const Resource& resource) {
  const std::optional<Node> stream = source.property(resource, "StreamSpecification");
  if (!stream) return;
  const Node* view = stream->find("StreamViewType");
  if (!view) stream->fail("table " + resource.logical_id + ": StreamSpecification: expected StreamViewType");
  w.key("StreamSpecification").begin_object().key("StreamEnabled").boolean(true);
  w.key("StreamViewType").string(view->string("StreamViewType")).end_object();
}

void write_encryption(JsonWriter& w, const Template& source, const Resource& resource) {
  const std::optional<Node> sse = source.property(resource, "SSESpecification");
  if (!sse) return;
  w.key("SSESpecification").begin_object();
  for (const Member& m : sse->members)
    if (m.name == "SSEEnabled")
      member(w, "Enabled", m.value);
    else
      member(w, m.name, m.value);
  w.end_object();
}

void read_time_to_live(const Template& source, const Resource& resource, TableRequest& request) {
  const std::optional<Node> ttl = source.property(resource, "TimeToLiveSpecification");
  if (!ttl) return;
  JsonWriter w(request.update_time_to_live);
  w.begin_object().key("TableName").string(request.name);
  member(w, "TimeToLiveSpecification", *ttl);
  w.end_object();
}

TableRequest table(const Template& source, const Resource& resource) {
  TableRequest request;
  JsonWriter w(request.create_table);
  write_keys(w.begin_object(), source, resource, request);
  for (const char* name :
       {"BillingMode", "ProvisionedThroughput", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "VectorIndexes",
        "TableClass", "DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput", "Tags"})
    if (const std::optional<Node> value = source.property(resource, name)) member(w, name, *value);
  write_stream(w, source, resource);
  write_encryption(w, source, resource);
  w.end_object();
  read_time_to_live(source, resource, request);
  return request;
}

const Node* find(const Node* node, std::string_view name) {
  return node ? node->find(name) : nullptr;
}

const Node* named_in(const Node* list, std::string_view member, std::string_view name) {
  if (list == nullptr) return nullptr;
  for (const Node& each : list->items)
    if (const Node* value = each.find(member); value && value->text == name) return &each;
  return nullptr;
}

// What is provisioned at first, "Read" or "Write": the number, or what auto scaling begins with.
const Node* provisioned(const Node* holder, const std::string& kind) {
  const Node* settings = find(holder, kind + "ProvisionedThroughputSettings");
  if (const Node* units = find(settings, kind + "CapacityUnits")) return units;
  const Node* scaling = find(settings, kind + "CapacityAutoScalingSettings");
  const Node* seed = find(scaling, "SeedCapacity");
  return seed ? seed : find(scaling, "MinCapacity");
}

const Node* at_most(const Node* holder, const std::string& kind) {
  return find(find(holder, kind + "OnDemandThroughputSettings"), "Max" + kind + "RequestUnits");
}

// Throughput of a global table or an index of one. Writes are told once for all regions (`common`), reads by region
// (`here`) or also once.
void write_throughput(JsonWriter& w, const Node& common, const Node* here, bool on_demand) {
  const auto units = on_demand ? at_most : provisioned;
  const Node* reads = units(here, "Read") ? units(here, "Read") : units(&common, "Read");
  const Node* writes = units(&common, "Write");
  if (!reads && !writes) return;
  w.key(on_demand ? "OnDemandThroughput" : "ProvisionedThroughput").begin_object();
  if (reads) member(w, on_demand ? "MaxReadRequestUnits" : "ReadCapacityUnits", *reads);
  if (writes) member(w, on_demand ? "MaxWriteRequestUnits" : "WriteCapacityUnits", *writes);
  w.end_object();
}

TableRequest global_table(const Template& source, const Resource& resource) {
  TableRequest request;
  JsonWriter w(request.create_table);
  write_keys(w.begin_object(), source, resource, request);
  const Node properties = source.resolve(*resource.properties);
  const Node* here = named_in(properties.find("Replicas"), "Region", source.options().region);
  const std::string billing = source.text_property(resource, "BillingMode", "PROVISIONED");
  const bool on_demand = billing == "PAY_PER_REQUEST";
  w.key("BillingMode").string(billing);
  write_throughput(w, properties, here, on_demand);
  if (const Node* indexes = properties.find("GlobalSecondaryIndexes")) {
    w.key("GlobalSecondaryIndexes").begin_array();
    for (const Node& index : indexes->items) {
      w.begin_object();
      for (const char* name : {"IndexName", "KeySchema", "Projection", "WarmThroughput"})
        if (const Node* value = index.find(name)) member(w, name, *value);
      const Node* name = index.find("IndexName");
      write_throughput(w, index, named_in(find(here, "GlobalSecondaryIndexes"), "IndexName", name ? name->text : ""),
                       on_demand);
      w.end_object();
    }
    w.end_array();
  }
  for (const char* name : {"LocalSecondaryIndexes", "VectorIndexes", "WarmThroughput"})
    if (const Node* value = properties.find(name)) member(w, name, *value);
  for (const char* name : {"TableClass", "DeletionProtectionEnabled", "Tags"})
    if (const Node* value = find(here, name)) member(w, name, *value);
  write_stream(w, source, resource);
  write_encryption(w, source, resource);
  w.end_object();
  read_time_to_live(source, resource, request);
  return request;
}

TableRequest simple_table(const Template& source, const Resource& resource) {
  TableRequest request;
  request.name = source.ref_of(resource);
  request.place = resource.node->place();
  std::string key = "id", type = "S";
  if (const std::optional<Node> primary = source.property(resource, "PrimaryKey")) {
    const Node* name = primary->find("Name");
    const Node* kind = primary->find("Type");
    if (!name) primary->fail("table " + resource.logical_id + ": PrimaryKey: expected Name");
    key = name->string("Name");
    const std::string text = kind ? kind->string("Type") : "String";
    if (!one_of(text, {"String", "Number", "Binary"})) kind->fail("PrimaryKey Type: expected String, Number or Binary");
    type = text.substr(0, 1);
  }
  JsonWriter w(request.create_table);
  w.begin_object().key("TableName").string(request.name);
  w.key("AttributeDefinitions").begin_array().begin_object();
  w.key("AttributeName").string(key).key("AttributeType").string(type).end_object().end_array();
  w.key("KeySchema").begin_array().begin_object();
  w.key("AttributeName").string(key).key("KeyType").string("HASH").end_object().end_array();
  if (const std::optional<Node> throughput = source.property(resource, "ProvisionedThroughput"))
    member(w, "ProvisionedThroughput", *throughput);
  else
    w.key("BillingMode").string("PAY_PER_REQUEST");
  if (const std::optional<Node> tags = source.property(resource, "Tags")) {
    w.key("Tags").begin_array();
    for (const Member& tag : tags->members)
      w.begin_object().key("Key").string(tag.name).key("Value").string(tag.value.string("Tags")).end_object();
    w.end_array();
  }
  w.end_object();
  return request;
}

}  // namespace

std::vector<TableRequest> tables_of(const Template& source) {
  std::vector<TableRequest> found;
  for (const Resource& resource : source.resources()) {
    if (resource.type == "AWS::DynamoDB::Table") found.push_back(table(source, resource));
    if (resource.type == "AWS::DynamoDB::GlobalTable") found.push_back(global_table(source, resource));
    if (resource.type == "AWS::Serverless::SimpleTable") found.push_back(simple_table(source, resource));
  }
  return found;
}

}  // namespace stator::templates
