#include "emulator/operations.h"
#include "emulator/transfers/transfer_list.h"

namespace stator::operations {

void list_exports(OperationContext& context) {
  const TransferPage page = list_transfers(context, Transfer::Kind::kExport, "MaxResults", context.string("NextToken"));
  JsonWriter w(context.out);
  w.begin_object().key("ExportSummaries").begin_array();
  for (const Transfer& transfer : page.transfers) {
    w.begin_object().key("ExportArn").string(transfer.arn()).key("ExportStatus").string(transfer_status(transfer));
    w.key("ExportType").string(transfer.incremental() ? "INCREMENTAL_EXPORT" : "FULL_EXPORT").end_object();
  }
  w.end_array();
  if (page.more) w.key("NextToken").string(page.transfers.back().id);
  w.end_object();
}

}  // namespace stator::operations
