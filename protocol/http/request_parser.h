// Reads the head of an HTTP/1 request, and bodies in chunks, out of bytes that a connection has gathered. Pure: no
// socket, no clock, no allocation but the caller's header vector. Everything it hands back points into the bytes it was
// given, exactly as they were sent: nothing is decoded, joined, trimmed (but the blanks around a value) or put in
// order.
//
// Strict where two readers could disagree about where a request ends (request smuggling): a bare CR or LF, a folded
// line, a blank before a colon, two Content-Lengths, Content-Length beside Transfer-Encoding, and codings other than
// one `chunked` are all errors (RFC 9112 sections 2.2, 5, 6). Bytes above 0x7f pass in values and targets, as API
// Gateway lets them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/wire_message.h"

namespace stator::http {

// The service allows 16 KB of request line and 16 KB of headers.
inline constexpr size_t kMaxRequestLine = 16 * 1024;
inline constexpr size_t kMaxHeaderBytes = 16 * 1024;
inline constexpr size_t kMaxHeaders = 256;

enum class ParseState { kIncomplete, kDone, kBad };

struct RequestHead {
  std::string_view method;
  std::string_view target;
  size_t size = 0;  // bytes of the head, its empty line included
  uint64_t content_length = 0;
  bool chunked = false;
  bool http10 = false;
  bool keep_alive = true;
  bool expect_continue = false;
  bool dynamodb = false;      // POST / with an X-Amz-Target of one of DynamoDB's two services
  bool gzip_body = false;     // Content-Encoding: gzip
  bool accepts_gzip = false;  // Accept-Encoding names gzip, and not with q=0
  std::string_view host;
  std::string_view origin;

  // What is wrong, when parse_head answered kBad.
  int bad_status = 0;
  const char* bad_reason = nullptr;
};

// Reads one head from the start of `bytes`. `headers` is cleared and filled. kIncomplete: call again with more.
ParseState parse_head(std::string_view bytes, RequestHead& head, std::vector<WireHeader>& headers);

// Lines of `name: value` CRLF up to and without an empty line, as trailers are. False when malformed.
bool parse_trailers(std::string_view bytes, std::vector<WireHeader>& trailers);

// Unpacks a chunked body in place: data moves down over the framing. Offsets count from the `base` that each call is
// given, so the buffer may move between calls; bytes below raw() are done with and those in between may be closed up by
// compact().
class ChunkedDecoder {
 public:
  enum class State { kMore, kDone, kBad, kTooLarge };

  ChunkedDecoder(size_t body_begin, uint64_t limit)
      : decoded_(body_begin), raw_(body_begin), begin_(body_begin), limit_(limit) {}

  State feed(char* base, size_t end);
  // Moves what is not yet unpacked down behind what is, and returns the new end.
  size_t compact(char* base, size_t end);

  size_t decoded_end() const { return decoded_; }
  size_t raw() const { return raw_; }  // after kDone: where the next request begins
  size_t trailers_begin() const { return trailers_begin_; }
  size_t trailers_end() const { return trailers_end_; }

 private:
  enum class Step { kSize, kData, kDataEnd, kTrailers, kDone };

  std::optional<State> take_size(const char* base, size_t end);  // nothing: go on with what follows
  State take_trailers(const char* base, size_t end);

  size_t decoded_;
  size_t raw_;
  size_t begin_;
  uint64_t limit_;
  uint64_t remaining_ = 0;
  size_t trailers_begin_ = 0;
  size_t trailers_end_ = 0;
  Step step_ = Step::kSize;
};

}  // namespace stator::http
