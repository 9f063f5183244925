#include "emulator/operations.h"
#include "emulator/transfers/bulk_operation.h"

namespace stator::operations {

void describe_bulk_operation(OperationContext& context) {
  const std::string_view arn = context.string("BulkOperationArn");
  if (context.scope == nullptr) throw errors::bulk_operation_not_found(arn);
  auto reading = context.scope->store->read();
  const std::optional<Transfer> transfer = find_transfer(Transfer::Kind::kBulkPut, arn, *reading);
  if (!transfer) throw errors::bulk_operation_not_found(arn);
  JsonWriter w(context.out);
  w.begin_object().key("BulkOperationDescription");
  write_bulk_description(w, *transfer, read_bulk_progress(transfer->id, *reading));
  w.end_object();
}

}  // namespace stator::operations
