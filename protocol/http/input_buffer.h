// What a connection has received and not yet used: one block, taken only while something is waiting. One byte behind
// the end is always writable, for the NUL behind a body.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

namespace stator::http {

class InputBuffer {
 public:
  char* begin() { return block_.get() + begin_; }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  char* tail() { return block_.get() + end_; }
  size_t room() const { return block_ ? capacity_ - end_ : 0; }

  // Makes room for `total` bytes from begin() on.
  void reserve(size_t total) {
    if (block_ && begin_ + total <= capacity_) return;
    if (block_ && total <= capacity_) {
      std::memmove(block_.get(), begin(), size());
    } else {
      size_t capacity = std::max<size_t>(total, 2048);
      std::unique_ptr<char[]> bigger(new char[capacity + 1]);
      if (!empty()) std::memcpy(bigger.get(), begin(), size());
      block_ = std::move(bigger);
      capacity_ = capacity;
    }
    end_ -= begin_;
    begin_ = 0;
  }
  void append(const char* bytes, size_t count) {
    reserve(size() + count);
    std::memcpy(tail(), bytes, count);
    end_ += count;
  }
  void grown(size_t count) { end_ += count; }
  void set_size(size_t size) { end_ = begin_ + size; }
  void consume(size_t count) {
    begin_ += count;
    if (begin_ == end_) release();
  }
  void release() {
    block_.reset();
    begin_ = end_ = capacity_ = 0;
  }
  // Gives the block away with all in it, for a request that outlives its stay here; `begin` is where its bytes start.
  std::unique_ptr<char[]> give(size_t& begin) {
    begin = begin_;
    std::unique_ptr<char[]> block = std::move(block_);
    begin_ = end_ = capacity_ = 0;
    return block;
  }

 private:
  std::unique_ptr<char[]> block_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t capacity_ = 0;
};

}  // namespace stator::http
