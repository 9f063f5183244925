// The text of a shard iterator: <stream's ARN>|1|<token>. The token holds the position in the shard and when it was
// made, with a check sum over both and the ARN, so that nothing has to be remembered of it: it works after a restart
// and in forks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stator {

inline constexpr int64_t kIteratorLifeMs = 15LL * 60 * 1000;

struct ShardIterator {
  std::string_view arn;  // of the text that was read
  int64_t position = 0;  // the sequence number to read from
  int64_t made_ms = 0;
};

std::string shard_iterator_text(const ShardIterator& iterator);
// Nothing when shard_iterator_text() did not write it.
std::optional<ShardIterator> read_shard_iterator(std::string_view text);

}  // namespace stator
