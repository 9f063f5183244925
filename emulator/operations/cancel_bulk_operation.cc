#include "emulator/operations.h"
#include "emulator/transfers/transfer.h"

namespace stator::operations {

// Whoever carries it out sees the changed document at its next item.
void cancel_bulk_operation(OperationContext& context) {
  const std::string_view arn = context.string("BulkOperationArn");
  if (context.scope == nullptr) throw errors::bulk_operation_not_found(arn);
  auto transaction = context.scope->store->write();
  std::optional<Transfer> transfer = find_transfer(Transfer::Kind::kBulkPut, arn, *transaction);
  if (!transfer) throw errors::bulk_operation_not_found(arn);
  // The text is this server's own: what the service says of an operation that has ended is not recorded.
  if (!transfer->under_way())
    throw errors::validation("Bulk operation cannot be cancelled: its status is " +
                             std::string(transfer_status(*transfer)));
  if (transfer->status == Transfer::Status::kInProgress) {
    transfer->status = Transfer::Status::kCancelling;
    put_transfer(*transfer, *transaction);
    transaction->commit();
  }
  transaction.reset();
  JsonWriter w(context.out);
  w.begin_object().key("BulkOperationArn").string(arn);
  w.key("BulkOperationStatus").string(transfer_status(*transfer)).end_object();
}

}  // namespace stator::operations
