// One page of a scope's exports or imports of the last 90 days, newest first, as both List operations ask for it.
#pragma once

#include <string_view>
#include <vector>

#include "emulator/context.h"
#include "emulator/transfers/transfer.h"

namespace stator {

struct TransferPage {
  std::vector<Transfer> transfers;
  bool more = false;
};

// `limit` is the member that says how many; `after` the id of the last one of the page before.
TransferPage list_transfers(const OperationContext& context, Transfer::Kind kind, std::string_view limit,
                            std::string_view after);

}  // namespace stator
