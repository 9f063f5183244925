#include "emulator/operations.h"
#include "emulator/transfers/transfer_list.h"

namespace stator::operations {

void list_bulk_operations(OperationContext& context) {
  constexpr size_t kOtherwise = 10;
  const TransferPage page = list_transfers(context, Transfer::Kind::kBulkPut, "MaxResults",
                                           transfer_of_token(context.string("NextToken")), kOtherwise);
  JsonWriter w(context.out);
  w.begin_object().key("BulkOperationsSummaryList").begin_array();
  for (const Transfer& transfer : page.transfers) {
    w.begin_object().key("BulkOperationArn").string(transfer.arn());
    w.key("BulkOperationStatus").string(transfer_status(transfer));
    write_transfer_times(w, transfer);
    w.end_object();
  }
  w.end_array();
  if (page.more) w.key("NextToken").string(token_of_transfer(page.transfers.back().id));
  w.end_object();
}

}  // namespace stator::operations
