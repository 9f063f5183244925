#include "protocol/value/arena.h"

#include <algorithm>

namespace stator {

void* Arena::grow(size_t bytes) {
  size_t size = std::max(chunks_.empty() ? first_size_ : chunks_.back().second * 2, bytes);
  // Beyond 1 MiB doubling only wastes: a large value gets a chunk of its own size.
  if (size > (1u << 20)) size = std::max(bytes, size_t{1} << 20);
  chunks_.emplace_back(std::unique_ptr<char[]>(new char[size]), size);
  chunk_ = chunks_.back().first.get();
  size_ = size;
  used_ = bytes;
  return chunk_;
}

void Arena::reset() {
  if (chunks_.empty()) return;
  chunks_.resize(1);
  chunk_ = chunks_.front().first.get();
  size_ = chunks_.front().second;
  // A first chunk that one large request made is not kept for ever.
  if (size_ > (1u << 20)) {
    chunks_.clear();
    chunk_ = nullptr;
    size_ = 0;
  }
  used_ = 0;
}

size_t Arena::bytes_reserved() const {
  size_t total = 0;
  for (const auto& chunk : chunks_) total += chunk.second;
  return total;
}

}  // namespace stator
