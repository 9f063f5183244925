#include "emulator/operations.h"
#include "emulator/tables/describe_table.h"
#include "emulator/transfers/transfer_list.h"

namespace stator::operations {
void list_imports(OperationContext& context) {
  const TransferPage page =
      list_transfers(context, Transfer::Kind::kImport, "PageSize", transfer_of_token(context.string("NextToken")));
  JsonWriter w(context.out);
  w.begin_object().key("ImportSummaryList").begin_array();
  for (const Transfer& transfer : page.transfers) {
    Arena arena;
    const JsonValue request = parse_json(transfer.request, arena).root;
    w.begin_object().key("ImportArn").string(transfer.arn()).key("ImportStatus").string(transfer_status(transfer));
    w.key("TableArn").string(transfer.table.arn);
    for (std::string_view name : {"S3BucketSource", "InputFormat"})
      if (const JsonValue* member = request.find(name)) append_json(*member, w.key(name).next());
    w.key("StartTime");
    write_timestamp(w, transfer.started_ms);
    if (transfer.status != Transfer::Status::kInProgress) {
      w.key("EndTime");
      write_timestamp(w, transfer.ended_ms);
    }
    w.end_object();
  }
  w.end_array();
  if (page.more) w.key("NextToken").string(token_of_transfer(page.transfers.back().id));
  w.end_object();
}

}  // namespace stator::operations
