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
                           "ReadUnitsPerSecond", "WriteUnitsPerSecond"})) {
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

TableRequest table(const Template& source, const Resource& resource) {
  TableRequest request;
  request.name = source.ref_of(resource);
  request.place = resource.node->place();
  JsonWriter w(request.create_table);
  w.begin_object().key("TableName").string(request.name);
  for (const char* name : {"AttributeDefinitions", "KeySchema"}) {
    const std::optional<Node> value = source.property(resource, name);
    if (!value) resource.node->fail("table " + resource.logical_id + ": expected " + name);
    if (!value->is_list()) value->fail("table " + resource.logical_id + ": " + name + ": expected a list");
    member(w, name, *value);
  }
  for (const char* name :
       {"BillingMode", "ProvisionedThroughput", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "VectorIndexes",
        "TableClass", "DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput", "Tags"})
    if (const std::optional<Node> value = source.property(resource, name)) member(w, name, *value);
  if (const std::optional<Node> stream = source.property(resource, "StreamSpecification")) {
    const Node* view = stream->find("StreamViewType");
    if (!view) stream->fail("table " + resource.logical_id + ": StreamSpecification: expected StreamViewType");
    w.key("StreamSpecification").begin_object().key("StreamEnabled").boolean(true);
    w.key("StreamViewType").string(view->string("StreamViewType")).end_object();
  }
  if (const std::optional<Node> sse = source.property(resource, "SSESpecification")) {
    w.key("SSESpecification").begin_object();
    for (const Member& m : sse->members)
      if (m.name == "SSEEnabled")
        member(w, "Enabled", m.value);
      else
        member(w, m.name, m.value);
    w.end_object();
  }
  w.end_object();
  if (const std::optional<Node> ttl = source.property(resource, "TimeToLiveSpecification")) {
    JsonWriter t(request.update_time_to_live);
    t.begin_object().key("TableName").string(request.name);
    member(t, "TimeToLiveSpecification", *ttl);
    t.end_object();
  }
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
    if (resource.type == "AWS::Serverless::SimpleTable") found.push_back(simple_table(source, resource));
  }
  return found;
}

}  // namespace stator::templates
