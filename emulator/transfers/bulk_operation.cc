#include "emulator/transfers/bulk_operation.h"

#include <cmath>

#include "emulator/tables/stored_document.h"

namespace stator {
namespace {

constexpr std::string_view kProgressDocument = "bulk-progress";

using IndexBytes = std::map<std::string, int64_t, std::less<>>;

void put_index_bytes(JsonWriter& w, std::string_view name, const IndexBytes& indexes) {
  w.key(name).begin_object();
  for (const auto& [index, bytes] : indexes) w.key(index).integer(bytes);
  w.end_object();
}

void read_index_bytes(const JsonValue& root, std::string_view name, IndexBytes& indexes) {
  for (const JsonMember& member : root.find(name)->members())
    indexes.emplace(member.name, stored::integer(*root.find(name), member.name));
}

void describe_indexes(JsonWriter& w, std::string_view name, std::string_view unit, const IndexBytes& indexes) {
  if (indexes.empty()) return;
  w.key(name).begin_object();
  for (const auto& [index, bytes] : indexes) w.key(index).begin_object().key(unit).integer(bytes).end_object();
  w.end_object();
}

void describe_usage(JsonWriter& w, std::string_view table_name, const BulkUsage& usage) {
  w.key("BulkOperationUsage").begin_array().begin_object().key("TableName").string(table_name);
  w.key("BulkPutBytes").integer(usage.total());
  w.key("Table").begin_object().key("BulkPutBytes").integer(usage.table).end_object();
  describe_indexes(w, "LocalSecondaryIndexes", "BulkPutBytes", usage.local);
  describe_indexes(w, "GlobalSecondaryIndexes", "BulkPutBytes", usage.global);
  describe_indexes(w, "VectorIndexes", "BulkPutVectorBytes", usage.vectors);
  w.end_object().end_array();
}

// A configuration as it was asked for, with what stands for a member that was left out.
void describe_configuration(JsonWriter& w, const JsonValue& request, std::string_view name, std::string_view member,
                            std::string_view otherwise) {
  const JsonValue& given = *request.find(name);
  w.key(name).begin_object();
  for (const JsonMember& one : given.members()) append_json(one.value, w.key(one.name).next());
  if (!member.empty() && given.find(member) == nullptr) w.key(member).string(otherwise);
  w.end_object();
}

}  // namespace

void BulkUsage::add(const CapacityUse& use) {
  constexpr double kBytesAUnit = 1024;
  const auto bytes = [](double count) { return static_cast<int64_t>(std::llround(count)); };
  table += bytes(use.table * kBytesAUnit);
  for (const CapacityUse::Arm& arm : use.arms)
    (arm.index->global ? global : local)[arm.index->name] += bytes(arm.units * kBytesAUnit);
  for (const CapacityUse::Arm& arm : use.vectors) vectors[arm.index->name] += bytes(arm.units);
}

int64_t BulkUsage::total() const {
  int64_t sum = table;
  for (const IndexBytes* indexes : {&local, &global})
    for (const auto& [index, bytes] : *indexes) sum += bytes;
  return sum;
}

void put_bulk_progress(std::string_view id, const BulkProgress& progress, persistence::WriteTransaction& transaction) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("Object").integer(progress.object).key("Record").integer(progress.record);
  w.key("Items").integer(progress.items).key("Failed").integer(progress.failed);
  w.key("Conditions").integer(progress.conditions).key("Bytes").integer(progress.bytes);
  w.key("TotalBytes").integer(progress.total_bytes).key("Table").integer(progress.usage.table);
  put_index_bytes(w, "Local", progress.usage.local);
  put_index_bytes(w, "Global", progress.usage.global);
  put_index_bytes(w, "Vectors", progress.usage.vectors);
  w.end_object();
  transaction.put_document(kProgressDocument, id, out);
}

BulkProgress read_bulk_progress(std::string_view id, persistence::ReadTransaction& transaction) {
  BulkProgress progress;
  const std::optional<std::string> document = transaction.document(kProgressDocument, id);
  if (!document) return progress;
  Arena arena;
  const JsonValue root = stored::parse(*document, arena, "bulk operation");
  progress.object = stored::integer(root, "Object");
  progress.record = stored::integer(root, "Record");
  progress.items = stored::integer(root, "Items");
  progress.failed = stored::integer(root, "Failed");
  progress.conditions = stored::integer(root, "Conditions");
  progress.bytes = stored::integer(root, "Bytes");
  progress.total_bytes = stored::integer(root, "TotalBytes");
  progress.usage.table = stored::integer(root, "Table");
  read_index_bytes(root, "Local", progress.usage.local);
  read_index_bytes(root, "Global", progress.usage.global);
  read_index_bytes(root, "Vectors", progress.usage.vectors);
  return progress;
}

bool bulk_put_under_way(const Table& table, persistence::ReadTransaction& transaction) {
  for (const auto& [id, document] : transaction.documents(transfer_document(Transfer::Kind::kBulkPut))) {
    const Transfer transfer = read_transfer(Transfer::Kind::kBulkPut, id, document);
    if (transfer.under_way() && transfer.table.id == table.id) return true;
  }
  return false;
}

void write_bulk_description(JsonWriter& w, const Transfer& transfer, const BulkProgress& progress) {
  Arena arena;
  const JsonValue request = parse_json(transfer.request, arena).root;
  const std::string_view table_name = request.find("TableName")->text();
  w.begin_object().key("BulkOperationArn").string(transfer.arn());
  w.key("BulkOperationStatus").string(transfer_status(transfer));
  w.key("TableDetails").begin_array().begin_object().key("TableName").string(table_name);
  w.key("TableId").string(transfer.table.id).end_object().end_array();
  if (const JsonValue* token = request.find("ClientToken")) w.key("ClientToken").string(token->text());
  describe_configuration(w, request, "InputS3Configuration", "InputCompressionType", "NONE");
  describe_configuration(w, request, "OutputS3Configuration", {}, {});
  write_transfer_times(w, transfer);
  w.key("ProcessedItemCount").integer(progress.items).key("ProcessedInputBytes").integer(progress.bytes);
  if (progress.total_bytes >= 0) w.key("TotalInputBytes").integer(progress.total_bytes);
  describe_usage(w, table_name, progress.usage);
  w.key("FailedItemCount").integer(progress.failed);
  write_transfer_failure(w, transfer);
  if (const JsonValue* units = request.find("MaxWriteRequestUnits"))
    append_json(*units, w.key("MaxWriteRequestUnits").next());
  const JsonValue* tier = request.find("PerformanceTier");
  w.key("PerformanceTier").string(tier != nullptr ? tier->text() : "STANDARD");
  w.end_object();
}

}  // namespace stator
