// gzip, or what HTTP calls "deflate" (RFC 1950), both ways, whole bodies at a time. One Gzip belongs to one thread and
// keeps zlib's working memory between uses once it was needed; release() gives it back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace stator::http {

class Gzip {
 public:
  enum class Inflated { kDone, kMalformed, kTooLarge };

  enum class Framing : uint8_t { kGzip, kDeflate };

  explicit Gzip(Framing framing = Framing::kGzip);
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // Replaces `out`. Stops as soon as it would hold more than `limit` bytes, so that a small bomb stays small. Accepts
  // several members in a row, as RFC 1952 does; bytes behind them are an error.
  Inflated inflate(std::string_view bytes, size_t limit, std::string& out);
  // Replaces `out` by `bytes` as one member, at the fastest level: answers travel over loopback.
  void deflate(std::string_view bytes, std::string& out);
  void release();

 private:
  struct Streams;
  const int window_;  // how zlib is told the framing
  std::unique_ptr<Streams> streams_;
};

}  // namespace stator::http
