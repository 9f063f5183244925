// gzip both ways, whole bodies at a time. One Gzip belongs to one thread and keeps zlib's working memory between uses
// once it was needed; release() gives it back.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace stator::http {

class Gzip {
 public:
  enum class Inflated { kDone, kMalformed, kTooLarge };

  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // Replaces `out`. Stops as soon as it would hold more than `limit` bytes, so that a small bomb stays small. Accepts
  // several members in a row, as RFC 1952 does; bytes behind them are an error.
  Inflated inflate(std::string_view bytes, size_t limit, std::string& out);
  // Replaces `out` by `bytes` as one gzip member, at the fastest level: answers travel over loopback.
  void deflate(std::string_view bytes, std::string& out);
  void release();

 private:
  struct Streams;
  std::unique_ptr<Streams> streams_;
};

}  // namespace stator::http
