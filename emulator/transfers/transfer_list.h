// One page of a scope's exports, imports or bulk puts of the last 90 days, newest first, as the List operations ask for
// it.
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

inline constexpr size_t kMostTransfersAPage = 25;

// `limit` is the member that says how many, `otherwise` how many without it; `after` the id of the last one of the page
// before.
TransferPage list_transfers(const OperationContext& context, Transfer::Kind kind, std::string_view limit,
                            std::string_view after, size_t otherwise = kMostTransfersAPage);

// An id as a NextToken of hexadecimal digits, filled up with zeros, and back.
std::string token_of_transfer(std::string_view id);
std::string transfer_of_token(std::string_view token);

}  // namespace stator
