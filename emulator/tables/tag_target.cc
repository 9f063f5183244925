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

}  // namespace stator
