#include "emulator/operations/stream_access.h"

namespace stator {

StreamName stream_name_of(const OperationContext& context, std::string_view arn) {
  const std::optional<StreamName> name = parse_stream_arn(arn);
  if (!name) throw errors::validation("Invalid StreamArn");  // (model)
  if (context.engine.options().shared) return *name;
  if (name->account != context.caller.account)
    throw errors::access_denied(context.caller.account, info(context.operation).name, arn);
  if (name->region != context.caller.region) throw errors::stream_not_found(arn);
  return *name;
}

std::unique_ptr<persistence::ReadTransaction> read_streams(const OperationContext& context, std::string_view arn) {
  if (context.scope == nullptr) throw errors::stream_not_found(arn);
  adopt_streams(*context.scope);
  return context.scope->store->read();
}

Stream require_stream(const OperationContext& context, std::string_view arn,
                      persistence::ReadTransaction& transaction) {
  const StreamName name = stream_name_of(context, arn);
  std::optional<Stream> stream = find_stream(name.table, name.label, transaction);
  if (!stream) throw errors::stream_not_found(arn);
  return std::move(*stream);
}

AwsError shard_not_found() {
  return errors::resource_not_found("Requested resource not found: Shard does not exist");
}

}  // namespace stator
