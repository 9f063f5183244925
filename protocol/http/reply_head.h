// Writes the head of an answer. The door owns Content-Length, Transfer-Encoding, Connection and, unless the handler set
// one, Date. Names and values from handlers cannot break out of their line: a name that is no token is left out, and
// control characters in a value become blanks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/wire_message.h"

namespace stator::http {

std::string_view status_text(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(int64_t unix_seconds);

struct ReplyFraming {
  std::optional<uint64_t> content_length;  // nothing: no Content-Length is written
  bool chunked = false;
  bool keep_alive = true;
  bool keep_content_length_header = false;  // the handler's own Content-Length stands (streams, answers to HEAD)
  bool gzip = false;                        // adds Content-Encoding: gzip
  std::optional<uint32_t> crc32;  // adds x-amz-crc32, unless the handler set one (a test may order a wrong one)
  std::string_view date;          // empty: none
};

// Appends the head, its empty line included, to `out`.
void append_reply_head(const WireReply& reply, const ReplyFraming& framing, std::string& out);

}  // namespace stator::http
