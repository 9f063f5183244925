// What a connection has yet to send: pieces in order, written with as few system calls as the kernel allows.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <string>
#include <vector>

namespace stator::http {

class OutputQueue {
 public:
  bool empty() const { return first_ == pieces_.size(); }
  size_t bytes() const { return bytes_; }

  // `skip` bytes of `piece` have left already.
  void push(std::string piece, size_t skip = 0) {
    if (skip >= piece.size()) return;
    if (empty())
      offset_ = skip;
    else if (skip > 0)
      piece.erase(0, skip);
    bytes_ += piece.size() - (empty() ? skip : 0);
    pieces_.push_back(std::move(piece));
  }
  // Fills at most `count` entries, of at most `limit` bytes together; returns how many.
  size_t gather(iovec* entries, size_t count, size_t limit = static_cast<size_t>(-1)) const {
    size_t used = 0;
    for (size_t i = first_; i < pieces_.size() && used < count && limit > 0; ++i) {
      size_t skip = i == first_ ? offset_ : 0;
      size_t length = std::min(pieces_[i].size() - skip, limit);
      entries[used++] = {const_cast<char*>(pieces_[i].data()) + skip, length};
      limit -= length;
    }
    return used;
  }
  // `count` bytes have left; each piece that is done with is handed to recycle(std::string&&).
  template <typename Recycle>
  void sent(size_t count, Recycle recycle) {
    bytes_ -= count;
    while (count > 0) {
      size_t left = pieces_[first_].size() - offset_;
      if (count < left) {
        offset_ += count;
        return;
      }
      count -= left;
      offset_ = 0;
      std::string done = std::move(pieces_[first_++]);
      recycle(std::move(done));
    }
    if (empty())
      clear();
    else if (first_ >= 64 && first_ * 2 >= pieces_.size()) {
      pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }
  void clear() {
    std::vector<std::string>().swap(pieces_);
    first_ = 0;
    offset_ = 0;
    bytes_ = 0;
  }

 private:
  std::vector<std::string> pieces_;
  size_t first_ = 0;
  size_t offset_ = 0;  // into the first piece
  size_t bytes_ = 0;
};

}  // namespace stator::http
