#include "emulator/operations.h"
#include "emulator/transfers/transfer.h"

namespace stator::operations {

void describe_import(OperationContext& context) {
  std::string_view arn = context.string("ImportArn");
  if (arn.find("/import/") == std::string_view::npos) throw errors::validation("Invalid Import ARN");
  std::optional<Transfer> transfer;
  if (context.scope != nullptr) transfer = find_transfer(Transfer::Kind::kImport, arn, *context.scope->store->read());
  if (!transfer) throw errors::import_not_found(arn);
  JsonWriter w(context.out);
  w.begin_object().key("ImportTableDescription");
  write_import_description(w, *transfer);
  w.end_object();
}

}  // namespace stator::operations
