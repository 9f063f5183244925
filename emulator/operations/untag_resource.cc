#include "emulator/operations.h"
#include "emulator/tables/tag_target.h"

namespace stator::operations {

// Answers with an empty body. Keys that are not there are no fault.
void untag_resource(OperationContext& context) {
  std::string_view arn = check_resource_arn(context, context.string("ResourceArn"));
  const JsonValue* keys = context.find("TagKeys");
  if (keys == nullptr)
    throw errors::validation(
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null");
  std::string_view name = table_in_arn(context, arn);
  if (keys->elements().empty()) throw errors::validation("Atleast one Tag Key needs to be provided as Input.");
  auto [scope, transaction, table] = change_table(context, name, errors::resource_not_found());
  if (table->state == State::kCreating) throw errors::resource_not_found();
  Table changed = *table;
  for (const JsonValue& key : keys->elements()) changed.tags.erase(std::string(key.text()));
  scope.catalog.publish(std::move(changed), *transaction);
  transaction->commit();
}

}  // namespace stator::operations
