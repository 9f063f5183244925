#include "emulator/tables/table_rules.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "protocol/error/error_catalog.h"
#include "protocol/json/json_writer.h"

namespace stator {
namespace {

std::string_view text_of(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  return member != nullptr ? member->text() : std::string_view();
}

int64_t integer_of(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  return member != nullptr ? member->integer().value_or(0) : 0;
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string out = "[";
  for (size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += ", ";
    out += names[i];
  }
  return out + "]";
}

struct KeyElement {
  std::string_view name;
  bool hash;
};

std::vector<KeyElement> read_elements(const JsonValue& list) {
  std::vector<KeyElement> elements;
  for (const JsonValue& element : list.elements())
    elements.push_back({text_of(element, "AttributeName"), text_of(element, "KeyType") == "HASH"});
  return elements;
}

const KeyAttribute* defined(std::span<const KeyAttribute> definitions, std::string_view name) {
  for (const KeyAttribute& definition : definitions)
    if (definition.name == name) return &definition;
  return nullptr;
}

void check_defined(const std::vector<KeyElement>& elements, std::span<const KeyAttribute> definitions) {
  bool all = std::all_of(elements.begin(), elements.end(),
                         [&](const KeyElement& element) { return defined(definitions, element.name) != nullptr; });
  if (all) return;
  std::vector<std::string_view> keys, names;
  for (const KeyElement& element : elements)
    if (std::find(keys.begin(), keys.end(), element.name) == keys.end()) keys.push_back(element.name);
  for (const KeyAttribute& definition : definitions) names.push_back(definition.name);
  throw errors::invalid_parameter("Some index key attributes are not defined in AttributeDefinitions. Keys: " +
                                  joined(keys) + ", AttributeDefinitions: " + joined(names));
}

// The shape of a table's or a local index's schema: HASH, then at most one RANGE of another name.
void check_simple_schema(const std::vector<KeyElement>& elements) {
  if (!elements[0].hash)
    throw errors::validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (elements.size() < 2) return;
  if (elements[0].name == elements[1].name)
    throw errors::validation("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  if (elements[1].hash)
    throw errors::validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  if (elements.size() > 2) throw errors::validation("Invalid KeySchema: The number of KeySchemaElements is not 1 or 2");
}

// Up to four HASH elements and then up to four RANGE elements, each name once. The texts are the service's (alchemy's
// 1216; ACK's API notes, DDB-TABLE-123).
void check_multi_schema(const std::vector<KeyElement>& elements) {
  if (elements.size() <= 2 &&
      (elements.size() < 2 || !elements[1].hash || !elements[0].hash || elements[0].name == elements[1].name)) {
    check_simple_schema(elements);
    return;
  }
  if (!elements[0].hash)
    throw errors::validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  size_t hashes = 0, ranges = 0;
  std::set<std::string_view> names;
  for (const KeyElement& element : elements) {
    if (element.hash && ranges != 0)
      throw errors::validation(
          "Invalid KeySchema: All HASH key attributes must precede RANGE key attributes in the KeySchema");
    ++(element.hash ? hashes : ranges);
    if (!names.insert(element.name).second)
      throw errors::validation("Invalid KeySchema: The KeySchema contains multiple key attributes with the same name");
  }
  if (hashes > 4 || ranges > 4)
    throw errors::validation("Invalid KeySchema: The KeySchema exceeds the maximum allowed number of " +
                             std::string(hashes > 4 ? "HASH" : "RANGE") + " key attributes");
}

KeySchema make_schema(const std::vector<KeyElement>& elements, std::span<const KeyAttribute> definitions) {
  KeySchema schema;
  for (const KeyElement& element : elements)
    (element.hash ? schema.hash : schema.range).push_back(*defined(definitions, element.name));
  return schema;
}

void read_projection(const JsonValue* projection, Index& index) {
  std::string_view type = projection != nullptr ? text_of(*projection, "ProjectionType") : std::string_view();
  const JsonValue* names = projection != nullptr ? projection->find("NonKeyAttributes") : nullptr;
  if (type.empty()) throw errors::invalid_parameter("Unknown ProjectionType: null");
  index.projection = type == "ALL"         ? Projection::kAll
                     : type == "KEYS_ONLY" ? Projection::kKeysOnly
                                           : Projection::kInclude;
  if (names != nullptr && index.projection != Projection::kInclude)
    throw errors::invalid_parameter("ProjectionType is " + std::string(type) + ", but NonKeyAttributes is specified");
  if (names == nullptr && index.projection == Projection::kInclude)
    throw errors::invalid_parameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  if (names != nullptr)
    for (const JsonValue& name : names->elements()) {
      std::string attribute(name.text());
      auto place = std::lower_bound(index.non_key_attributes.begin(), index.non_key_attributes.end(), attribute);
      if (place != index.non_key_attributes.end() && *place == attribute)
        throw errors::invalid_parameter("Duplicate element in NonKeyAttributes: " + attribute);
      index.non_key_attributes.insert(place, std::move(attribute));
    }
}

Index read_local_index(const JsonValue& element, const std::vector<KeyElement>& table_keys,
                       std::span<const KeyAttribute> definitions) {
  Index index;
  index.name = text_of(element, "IndexName");
  std::vector<KeyElement> keys = read_elements(*element.find("KeySchema"));
  check_defined(keys, definitions);
  check_simple_schema(keys);
  if (keys.size() < 2)
    throw errors::invalid_parameter("Index KeySchema does not have a range key for index: " + index.name);
  if (keys[0].name != table_keys[0].name)
    throw errors::invalid_parameter(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: " + index.name +
        ". index hash key: " + std::string(keys[0].name) + ", table hash key: " + std::string(table_keys[0].name));
  index.keys = make_schema(keys, definitions);
  read_projection(element.find("Projection"), index);
  return index;
}

void check_unique(std::set<std::string>& names, const std::string& name) {
  if (!names.insert(name).second) throw errors::invalid_parameter("Duplicate index name: " + name);
}

// The texts are those of ACK's API notes, DDB-TABLE-039 and 128. `what` is "table" or "index <name>".
WarmThroughput read_first_warm(const JsonValue& member, const Throughput& provisioned, bool on_demand,
                               const std::string& what) {
  WarmThroughput warm = effective_warm({}, provisioned, on_demand);
  for (auto [name, units, value] : {std::tuple("ReadUnitsPerSecond", "ReadCapacityUnits", &warm.read),
                                    std::tuple("WriteUnitsPerSecond", "WriteCapacityUnits", &warm.write)}) {
    const JsonValue* given = member.find(name);
    if (given == nullptr) continue;
    const int64_t asked = given->integer().value_or(0);
    if (asked < *value)
      throw errors::invalid_parameter(
          "Requested " + std::string(name) + " for WarmThroughput for " + what + " is lower than " +
          (on_demand ? "initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/"
                       "developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
                     : std::string(units) + " of ProvisionedThroughput"));
    *value = asked;
  }
  return warm;
}

// The full stop is the service's, for CreateTable.
void refuse_limits(const OnDemandLimits& limits, bool on_demand, const std::string& why) {
  if (on_demand || !limits.any()) return;
  throw errors::invalid_parameter(std::string(limits.read != -1 ? "MaxReadRequestUnits " : "MaxWriteRequestUnits ") +
                                  why + " is PROVISIONED.");
}

void read_billing(const JsonValue& input, Table& table) {
  std::string_view mode = text_of(input, "BillingMode");
  table.on_demand = mode == "PAY_PER_REQUEST";
  table.billing_mode_told = table.on_demand;
  const JsonValue* throughput = input.find("ProvisionedThroughput");
  if (table.on_demand && throughput != nullptr)
    throw errors::invalid_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  if (!table.on_demand && throughput == nullptr)
    throw errors::invalid_parameter(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  if (throughput != nullptr) table.throughput = read_throughput(*throughput);
  if (const JsonValue* limits = input.find("OnDemandThroughput")) {
    OnDemandLimits asked = read_on_demand_limits(*limits, "table", false);
    refuse_limits(asked, table.on_demand, "for OnDemandThroughput cannot be specified when table BillingMode");
    table.on_demand_limits = asked;
  }
  if (const JsonValue* warm = input.find("WarmThroughput"))
    table.warm = table.next_warm = read_first_warm(*warm, table.throughput, table.on_demand, "table");
}

}  // namespace

std::vector<KeyAttribute> read_definitions(const JsonValue& list) {
  std::vector<KeyAttribute> definitions;
  for (const JsonValue& element : list.elements()) {
    KeyAttribute key;
    key.name = text_of(element, "AttributeName");
    type_from_name(text_of(element, "AttributeType"), key.type);
    if (const KeyAttribute* twin = defined(definitions, key.name); twin != nullptr)
      throw errors::validation("Attribute Name is duplicated: " + key.name);
    definitions.push_back(std::move(key));
  }
  return definitions;
}

Throughput read_throughput(const JsonValue& member) {
  Throughput t;
  t.read = integer_of(member, "ReadCapacityUnits");
  t.write = integer_of(member, "WriteCapacityUnits");
  for (auto [value, name] : {std::pair(t.read, "ReadCapacityUnits"), std::pair(t.write, "WriteCapacityUnits")})
    if (value > kMaxThroughput)
      throw errors::validation("Given value " + std::to_string(value) + " for " + name + " is out of bounds");
  return t;
}

OnDemandLimits read_on_demand_limits(const JsonValue& member, std::string_view what, bool update) {
  OnDemandLimits limits;
  for (auto [name, value] :
       {std::pair("MaxReadRequestUnits", &limits.read), std::pair("MaxWriteRequestUnits", &limits.write)}) {
    const JsonValue* given = member.find(name);
    if (given == nullptr) continue;
    *value = given->integer().value_or(0);
    if (*value < 1 && !(update && *value == -1))
      throw errors::invalid_parameter("Requested " + std::string(name) + " for OnDemandThroughput for " +
                                      std::string(what) + " is outside of valid range");
  }
  return limits;
}

Index read_global_index(const JsonValue& element, std::span<const KeyAttribute> definitions, bool on_demand) {
  Index index;
  index.global = true;
  index.name = text_of(element, "IndexName");
  std::vector<KeyElement> keys = read_elements(*element.find("KeySchema"));
  check_defined(keys, definitions);
  check_multi_schema(keys);
  index.keys = make_schema(keys, definitions);
  read_projection(element.find("Projection"), index);
  const JsonValue* throughput = element.find("ProvisionedThroughput");
  if (on_demand && throughput != nullptr)
    throw errors::invalid_parameter("ProvisionedThroughput should not be specified for index: " + index.name +
                                    " when BillingMode is PAY_PER_REQUEST");
  if (!on_demand && throughput == nullptr)
    throw errors::invalid_parameter("ProvisionedThroughput is not specified for index: " + index.name);
  if (throughput != nullptr) index.throughput = read_throughput(*throughput);
  if (const JsonValue* limits = element.find("OnDemandThroughput")) {
    index.on_demand = read_on_demand_limits(*limits, "index : " + index.name, false);
    refuse_limits(index.on_demand, on_demand,
                  "for OnDemandThroughput for index: " + index.name + " cannot be specified when table BillingMode");
  }
  if (const JsonValue* warm = element.find("WarmThroughput"))
    index.warm = index.next_warm = read_first_warm(*warm, index.throughput, on_demand, "index " + index.name);
  return index;
}

Index read_vector_index(const JsonValue& element, std::span<const KeyAttribute> definitions) {
  constexpr int64_t kMaxDimensions = 4096;
  constexpr size_t kMaxInlineFilters = 18;
  Index index;
  index.global = true;
  index.name = text_of(element, "IndexName");
  VectorSettings vector;
  vector.attribute = text_of(*element.find("VectorAttribute"), "AttributeName");
  int64_t dimensions = integer_of(element, "Dimensions");
  if (dimensions < 1 || dimensions > kMaxDimensions)
    throw errors::invalid_parameter("Number of dimensions must be between 1 and 4096 inclusive.");
  vector.dimensions = static_cast<uint32_t>(dimensions);
  std::string_view function = text_of(element, "DistanceFunction");
  vector.distance = function == "COSINE"      ? DistanceFunction::kCosine
                    : function == "EUCLIDEAN" ? DistanceFunction::kEuclidean
                                              : DistanceFunction::kDotProduct;
  index.vector = std::move(vector);
  if (const JsonValue* schema = element.find("SearchSchema"))
    for (const JsonValue& part : schema->elements()) {
      const KeyAttribute* key = defined(definitions, text_of(part, "AttributeName"));
      if (key == nullptr)
        throw errors::invalid_parameter("One element in SearchSchema is not defined in attribute definitions");
      if (index.keys.find(key->name) != nullptr)
        throw errors::invalid_parameter("Duplicate attribute name in SearchSchema: " + key->name);
      (text_of(part, "SearchSchemaElementType") == "HASH" ? index.keys.hash : index.keys.range).push_back(*key);
    }
  // Both texts are ours: what the service says is not recorded.
  if (index.keys.hash.size() > 1) throw errors::invalid_parameter("SearchSchema has more than one HASH element");
  if (index.keys.range.size() > kMaxInlineFilters)
    throw errors::invalid_parameter("SearchSchema has more than 18 INLINE_FILTER elements");
  read_projection(element.find("Projection"), index);
  return index;
}

void check_vector_indexes(const Table& table) {
  if (table.count_vector_indexes() == 0) return;
  if (!table.on_demand) throw errors::invalid_parameter("Vector indexes are only supported for PAY_PER_REQUEST tables");
  for (const Index& one : table.global_indexes)
    for (const Index& other : table.global_indexes)
      if (one.vector && other.vector && one.vector->attribute == other.vector->attribute &&
          one.vector->dimensions != other.vector->dimensions)
        throw errors::invalid_parameter("Conflicting attribute definition for '" + one.vector->attribute +
                                        "'. All VectorIndexes on the same vector attribute must use the same "
                                        "dimensions.");
}

void check_index_defined(const JsonValue& create, const JsonValue* definitions) {
  check_defined(read_elements(*create.find("KeySchema")),
                definitions != nullptr ? read_definitions(*definitions) : std::vector<KeyAttribute>());
}

StreamSettings read_stream_specification(const JsonValue& member, bool creates) {
  StreamSettings stream;
  const JsonValue* enabled = member.find("StreamEnabled");
  stream.enabled = enabled != nullptr && enabled->boolean();
  stream.view_type = text_of(member, "StreamViewType");
  // The service's texts: ACK's API notes, DDB-TABLE-035 and 050.
  if (stream.enabled && stream.view_type.empty())
    throw errors::invalid_parameter(creates ? "Table is being created with a stream enabled, UpdateViewType is required"
                                            : "If stream is being enabled then UpdateViewType is required");
  if (!stream.enabled && !stream.view_type.empty())
    throw errors::invalid_parameter(
        creates ? "Table is being created with a stream disabled, UpdateViewType should not be specified"
                : "If stream is being disabled, then UpdateViewType must not be specified");
  return stream;
}

std::string sse_description(const JsonValue& specification, std::string_view region, std::string_view account) {
  const JsonValue* enabled = specification.find("Enabled");
  std::string_view type = text_of(specification, "SSEType");
  std::string_view key = text_of(specification, "KMSMasterKeyId");
  // ACK's API notes, DDB-TABLE-031, 036 and 044. Without Enabled the type decides.
  if (enabled != nullptr && !enabled->boolean() && (!type.empty() || !key.empty()))
    throw errors::invalid_parameter(std::string(type.empty() ? "KMSMasterKeyId" : "SSEType") +
                                    " can not be specified if Enabled is false");
  if (type == "AES256") throw errors::invalid_parameter("SSEType AES256 is not supported");
  if (!key.empty() && type.empty())
    throw errors::invalid_parameter("SSEType KMS is required if KMSMasterKeyId is specified");
  if (enabled != nullptr ? !enabled->boolean() : type.empty()) return {};
  std::string arn(key);
  if (!arn.starts_with("arn:")) {
    arn = "arn:aws:kms:" + std::string(region) + ":" + std::string(account) + ":";
    if (key.empty() || key == "alias/aws/dynamodb")
      arn += "key/00000000-0000-0000-0000-000000000000";
    else
      arn += (key.starts_with("alias/") ? "" : "key/") + std::string(key);
  }
  std::string out;
  JsonWriter w(out);
  w.begin_object()
      .key("Status")
      .string("ENABLED")
      .key("SSEType")
      .string("KMS")
      .key("KMSMasterKeyArn")
      .string(arn)
      .end_object();
  return out;
}

void check_definitions_used(const Table& table) {
  std::set<std::string_view> used;
  auto use = [&](const KeySchema& keys) {
    for (const auto* part : {&keys.hash, &keys.range})
      for (const KeyAttribute& key : *part) used.insert(key.name);
  };
  use(table.keys);
  for (const auto* list : {&table.global_indexes, &table.local_indexes})
    for (const Index& index : *list) use(index.keys);
  if (used.size() == table.definitions.size()) return;
  if (!table.has_indexes())
    throw errors::invalid_parameter(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  std::vector<std::string_view> keys(used.begin(), used.end()), names;
  for (const KeyAttribute& definition : table.definitions) names.push_back(definition.name);
  throw errors::invalid_parameter("Some AttributeDefinitions are not used. AttributeDefinitions: " + joined(names) +
                                  ", keys used: " + joined(keys));
}

void check_non_key_attributes(const Table& table) {
  size_t total = 0;
  for (const auto* list : {&table.global_indexes, &table.local_indexes})
    for (const Index& index : *list) total += index.non_key_attributes.size();
  if (total > kMaxNonKeyAttributesPerTable)
    throw errors::invalid_parameter("Number of NonKeyAttributes across all indexes exceeds the limit of " +
                                    std::to_string(kMaxNonKeyAttributesPerTable));
}

Table read_create_table(const JsonValue& input) {
  Table table;
  read_billing(input, table);
  table.definitions = read_definitions(*input.find("AttributeDefinitions"));
  std::vector<KeyElement> keys = read_elements(*input.find("KeySchema"));
  if (table.definitions.empty())
    throw errors::validation("Invalid KeySchema: Some index key attribute have no definition");
  check_defined(keys, table.definitions);
  check_simple_schema(keys);
  table.keys = make_schema(keys, table.definitions);

  const JsonValue* local = input.find("LocalSecondaryIndexes");
  const JsonValue* global = input.find("GlobalSecondaryIndexes");
  std::set<std::string> names;
  const JsonValue* vector = input.find("VectorIndexes");
  if (local == nullptr && global == nullptr && vector == nullptr) check_definitions_used(table);
  if (local != nullptr) {
    if (local->elements().empty()) throw errors::invalid_parameter("List of LocalSecondaryIndexes is empty");
    if (keys.size() < 2)
      throw errors::invalid_parameter(
          "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
    for (const JsonValue& element : local->elements()) {
      table.local_indexes.push_back(read_local_index(element, keys, table.definitions));
      check_unique(names, table.local_indexes.back().name);
    }
    if (table.local_indexes.size() > kMaxLocalIndexes)
      throw errors::invalid_parameter("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  }
  if (global != nullptr) {
    if (global->elements().empty()) throw errors::invalid_parameter("List of GlobalSecondaryIndexes is empty");
    for (const JsonValue& element : global->elements()) {
      table.global_indexes.push_back(read_global_index(element, table.definitions, table.on_demand));
      check_unique(names, table.global_indexes.back().name);
    }
    if (table.global_indexes.size() > kMaxGlobalIndexes)
      throw errors::invalid_parameter("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  }
  if (vector != nullptr) {
    if (!table.on_demand && vector->count() != 0)
      throw errors::invalid_parameter("Vector indexes are only supported for PAY_PER_REQUEST tables");
    if (vector->count() > kMaxVectorIndexes)
      throw errors::invalid_parameter("VectorIndex count exceeds the per-table limit of 5");
    for (const JsonValue& element : vector->elements()) {
      table.global_indexes.push_back(read_vector_index(element, table.definitions));
      check_unique(names, table.global_indexes.back().name);
    }
    check_vector_indexes(table);
  }
  check_definitions_used(table);
  check_non_key_attributes(table);
  if (const JsonValue* stream = input.find("StreamSpecification"))
    table.stream = read_stream_specification(*stream, true);
  std::sort(table.definitions.begin(), table.definitions.end(),
            [](const KeyAttribute& a, const KeyAttribute& b) { return a.name < b.name; });
  table.table_class = text_of(input, "TableClass");
  const JsonValue* protection = input.find("DeletionProtectionEnabled");
  table.deletion_protection = protection != nullptr && protection->boolean();
  return table;
}

}  // namespace stator
