#include "emulator/operations.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/operations/transact_gets.h"

namespace stator::operations {
namespace {

TransactGet read_get(const OperationContext& context, const JsonValue& element, std::string_view& table_name) {
  const JsonValue* input = element.find("Get");
  if (input == nullptr) throw errors::validation("Invalid Request: TransactGetRequest should contain Get request");
  TransactGet get;
  table_name = OperationContext::string_in(*input, "TableName");
  RequestExpressions expressions(context, *input);
  get.key_map = read_values(context, *input->find("Key"));
  expressions.read_placeholders();
  get.projection = expressions.projection();
  if (get.projection != nullptr) expressions.check_unused();  // else, as with actions that write, nobody asks
  return get;
}

}  // namespace

void transact_get_items(OperationContext& context) {
  std::vector<TransactGet> gets;
  std::vector<std::string_view> tables;
  for (const JsonValue& element : context.find("TransactItems")->elements())
    gets.push_back(read_get(context, element, tables.emplace_back()));
  for (size_t i = 0; i < gets.size(); ++i) gets[i].access = require_table(context, tables[i]);
  answer_gets(context, gets);
}

}  // namespace stator::operations
