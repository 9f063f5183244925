// The door's Exchange and RawConnection: handles that any thread may hold and use. They own their request and reach
// their connection only by tasks in its loop's mailbox, so that no lock is held while anything of the connection runs.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "protocol/http/mailbox.h"
#include "protocol/wire_message.h"

namespace stator::http {

class Connection;

// What a handle and its connection share.
struct ExchangeLink {
  std::shared_ptr<Mailbox> mailbox;
  std::weak_ptr<Connection> connection;  // locked only on the loop's thread
  std::atomic<bool> gone{false};
  std::atomic<size_t> unsent{0};
};

// `storage` holds the bytes that `request` points into.
std::shared_ptr<Exchange> make_exchange(std::shared_ptr<ExchangeLink> link, WireRequest request,
                                        std::unique_ptr<char[]> storage, std::string remote_address);

}  // namespace stator::http
