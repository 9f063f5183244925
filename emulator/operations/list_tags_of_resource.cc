#include "emulator/operations.h"
#include "emulator/tables/tag_target.h"

namespace stator::operations {

void list_tags_of_resource(OperationContext& context) {
  std::string_view arn = check_resource_arn(context, context.string("ResourceArn"));
  std::string_view name = table_in_arn(context, arn);
  TablePtr table = known_table(context, name);
  if (table == nullptr)
    throw errors::resource_not_found("Requested resource not found: ResourcArn: " + std::string(arn) + " not found");
  JsonWriter w(context.out);
  w.begin_object().key("Tags").begin_array();
  for (const auto& [key, value] : table->tags)
    w.begin_object().key("Key").string(key).key("Value").string(value).end_object();
  w.end_array().end_object();
}

}  // namespace stator::operations
