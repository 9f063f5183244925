#include <algorithm>

#include "emulator/maintenance.h"
#include "emulator/operations.h"
#include "emulator/transactions/tokens.h"
#include "emulator/transfers/bulk_operation.h"

namespace stator::operations {
namespace {

void answer_bulk_put(OperationContext& context, const Transfer& transfer, const BulkProgress& progress) {
  JsonWriter w(context.out);
  w.begin_object().key("BulkOperationDescription");
  write_bulk_description(w, transfer, progress);
  w.end_object();
}

// That both values say where they must (API reference, OutputS3Configuration). The texts here and below are this
// server's own: the service's are not recorded.
void check_output(const JsonValue& output) {
  if (output.find("S3Bucket") == nullptr)
    throw errors::invalid_parameter("OutputS3Configuration must name an S3Bucket");
  if (output.find("OutputType")->count() == 0)
    throw errors::invalid_parameter("OutputS3Configuration must have at least one OutputType");
  if (output.find("S3SseKmsKeyId") != nullptr && OperationContext::string_in(output, "S3SseAlgorithm") != "KMS")
    throw errors::validation("Invalid Request: KMS Key Id is not supported for this encryption type");
}

// ACTIVE, or UPDATING for another reason than an index that is being made, and in no global table (developer guide,
// "Bulk put items considerations": Table state requirements, Global tables).
void check_target(const Table& table) {
  if (table.state == State::kCreating) throw errors::table_being_created(table.name);
  if (table.state == State::kDeleting) throw errors::table_being_deleted(table.name);
  const auto being_made = [](const Index& index) { return index.state == State::kCreating; };
  if (std::any_of(table.global_indexes.begin(), table.global_indexes.end(), being_made))
    throw errors::table_being_updated(table.name);
  if (!table.replication.replicas.empty() || table.replication.global_since_ms != 0)
    throw errors::invalid_parameter("Bulk put items is not supported for a table that is part of a global table");
}

}  // namespace

// The items come behind the request, each as PutItem would put it.
void start_bulk_put_items(OperationContext& context) {
  check_output(*context.find("OutputS3Configuration"));
  const std::string name(table_name_of(context, context.string("TableName")));
  if (context.scope == nullptr) throw errors::resource_not_found();
  Scope& scope = *context.scope;
  const int64_t now = context.now_ms();
  auto transaction = scope.store->write();
  if (auto before = find_by_token(Transfer::Kind::kBulkPut, context.string("ClientToken"), now, *transaction)) {
    Arena arena;
    if (fingerprint(parse_json(before->request, arena).root) != fingerprint(context.input))
      throw errors::idempotent_parameter_mismatch();
    return answer_bulk_put(context, *before, read_bulk_progress(before->id, *transaction));
  }
  const TablePtr table = scope.catalog.find(name, *transaction);
  if (table == nullptr) throw errors::resource_not_found();
  check_target(*table);
  Transfer transfer;
  transfer.kind = Transfer::Kind::kBulkPut;
  transfer.id = new_transfer_id(now);
  transfer.started_ms = now;
  transfer.table = *table;
  transfer.space = transaction->new_space();
  append_json(context.input, transfer.request);
  put_transfer(transfer, *transaction);
  transaction->put_document(kWorkDocument, transfer_work(transfer.kind, transfer.id), {});
  transaction->commit();
  transaction.reset();
  context.engine.tell_work(scope);
  answer_bulk_put(context, transfer, {});
}

}  // namespace stator::operations
