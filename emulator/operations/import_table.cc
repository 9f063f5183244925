#include "emulator/maintenance.h"
#include "emulator/operations.h"
#include "emulator/tables/new_table.h"
#include "emulator/tables/table_spaces.h"
#include "emulator/transactions/tokens.h"
#include "emulator/transfers/transfer.h"

namespace stator::operations {
namespace {

void answer_import(OperationContext& context, const Transfer& transfer) {
  JsonWriter w(context.out);
  w.begin_object().key("ImportTableDescription");
  write_import_description(w, transfer);
  w.end_object();
}

void check_format(const OperationContext& context) {
  std::string_view format = context.string("InputFormat");
  const JsonValue* options = context.find("InputFormatOptions");
  if (format != "CSV" && options != nullptr && options->find("Csv") != nullptr)
    throw errors::validation(
        "Invalid Request: Unsupported InputFormatOptions for the given input format: " + std::string(format) + ".");
}

}  // namespace

// The table is there at once, CREATING; its items come behind the request.
void import_table(OperationContext& context) {
  check_format(context);
  const JsonValue& parameters = *context.find("TableCreationParameters");
  const std::string name(OperationContext::string_in(parameters, "TableName"));
  const int64_t now = context.now_ms();
  Transfer transfer;
  transfer.kind = Transfer::Kind::kImport;
  transfer.id = new_transfer_id(now);
  transfer.started_ms = now;
  transfer.table = new_table(parameters, name, {context.caller.account, context.caller.region}, now);
  append_json(context.input, transfer.request);

  if (context.scope == nullptr) context.scope = context.engine.create_scope(context.scope_name);
  Scope& scope = *context.scope;
  auto transaction = scope.store->write();
  if (auto before = find_by_token(Transfer::Kind::kImport, context.string("ClientToken"), now, *transaction)) {
    Arena arena;
    if (fingerprint(parse_json(before->request, arena).root) != fingerprint(context.input))
      throw errors::import_conflict();
    return answer_import(context, *before);
  }
  if (TablePtr other = scope.catalog.find(name, *transaction)) {
    if (other->state == State::kDeleting) throw errors::table_being_deleted(name);
    throw errors::table_already_exists(name);
  }
  take_spaces(transfer.table, *transaction);
  transfer.table.state = State::kCreating;
  for (Index& index : transfer.table.global_indexes) index.state = State::kCreating;
  put_transfer(transfer, *transaction);
  transaction->put_document(kWorkDocument, transfer_work(transfer.kind, transfer.id), {});
  try {
    scope.catalog.publish(transfer.table, *transaction);
    transaction->commit();
  } catch (...) {
    scope.catalog.forget(name);
    throw;
  }
  transaction.reset();
  context.engine.tell_work(scope);
  answer_import(context, transfer);
}

}  // namespace stator::operations
