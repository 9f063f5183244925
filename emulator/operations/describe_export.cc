#include "emulator/operations.h"
#include "emulator/transfers/transfer.h"

namespace stator::operations {

void describe_export(OperationContext& context) {
  std::string_view arn = context.string("ExportArn");
  if (arn.find("/export/") == std::string_view::npos) throw errors::validation("Invalid Export ARN");
  std::optional<Transfer> transfer;
  if (context.scope != nullptr) transfer = find_transfer(Transfer::Kind::kExport, arn, *context.scope->store->read());
  if (!transfer) throw errors::export_not_found(arn);
  JsonWriter w(context.out);
  w.begin_object().key("ExportDescription");
  write_export_description(w, *transfer);
  w.end_object();
}

}  // namespace stator::operations
