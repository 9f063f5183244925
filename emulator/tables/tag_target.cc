#include "emulator/tables/tag_target.h"

#include <algorithm>

namespace stator {

std::string_view check_resource_arn(const OperationContext& context, std::string_view arn) {
  if (context.find("ResourceArn") == nullptr) throw errors::validation("Invalid TableArn");
  size_t colons = static_cast<size_t>(std::count(arn.begin(), arn.end(), ':'));
  if (colons < 5 || arn.find('/') == std::string_view::npos)
    throw errors::access_denied(context.caller.account, info(context.operation).name, arn.empty() ? "*" : arn);
  return arn;
}

std::string_view table_in_arn(std::string_view arn) {
  size_t at = arn.find(":table/");
  std::string_view name = at == std::string_view::npos ? std::string_view() : arn.substr(at + 7);
  name = name.substr(0, name.find('/'));
  if (!arn.starts_with("arn:aws:dynamodb:") || name.size() < 3 || name.size() > 255)
    throw errors::validation("Invalid TableArn: Invalid ResourceArn provided as input " + std::string(arn));
  return name;
}

}  // namespace stator
