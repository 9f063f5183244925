#include "emulator/operations.h"
#include "emulator/tables/tag_rules.h"
#include "emulator/tables/tag_target.h"

namespace stator::operations {

// Answers with an empty body.
void tag_resource(OperationContext& context) {
  std::string_view arn = check_resource_arn(context, context.string("ResourceArn"));
  const JsonValue* tags = context.find("Tags");
  if (tags == nullptr)
    throw errors::validation(
        "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null");
  std::string_view name = table_in_arn(context, arn);
  if (tags->elements().empty()) throw errors::validation("Atleast one Tag needs to be provided as Input.");
  auto missing = [&] {
    return errors::resource_not_found("Requested resource not found: ResourcArn: " + std::string(arn) + " not found");
  };
  auto [scope, transaction, table] = change_table(context, name, missing());
  if (table->state == State::kCreating) throw missing();
  Table changed = *table;
  add_tags(*tags, changed.tags);
  scope.catalog.publish(std::move(changed), *transaction);
  transaction->commit();
}

}  // namespace stator::operations
