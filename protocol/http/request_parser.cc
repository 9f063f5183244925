#include "protocol/http/request_parser.h"

#include <array>
#include <cstring>

#include "protocol/header_list.h"
#include "protocol/http/request_target.h"

namespace stator::http {
namespace {

// What a byte may be part of: a token (method, header name), a value, a request target.
enum : uint8_t { kToken = 1, kValue = 2, kTarget = 4 };

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    uint8_t bits = 0;
    bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (alnum || (c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos))
      bits |= kToken;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) bits |= kValue;
    if (c > 0x20 && c != 0x7f) bits |= kTarget;
    classes[static_cast<size_t>(c)] = bits;
  }
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = make_classes();

bool is(char c, uint8_t bits) {
  return kClasses[static_cast<uint8_t>(c)] & bits;
}

// Arithmetic in place of a table, so that the compiler can test sixteen bytes at a time: values are most of a head.
bool is_value(std::string_view text) {
  unsigned bad = 0;
  for (char each : text) {
    auto c = static_cast<uint8_t>(each);
    bad |= static_cast<unsigned>(c < 0x20) & static_cast<unsigned>(c != '\t');
    bad |= static_cast<unsigned>(c == 0x7f);
  }
  return bad == 0;
}

bool wants_gzip(std::string_view accept) {
  return any_element(accept, [](std::string_view element) {
    size_t semicolon = element.find(';');
    if (!equal_ignoring_case(trim_blanks(element.substr(0, semicolon)), "gzip")) return false;
    if (semicolon == std::string_view::npos) return true;
    std::string_view weight = trim_blanks(element.substr(semicolon + 1));
    if (weight.size() < 3 || (weight[0] | 0x20) != 'q' || weight[1] != '=') return true;
    return weight.find_first_not_of("0.", 2) != std::string_view::npos;
  });
}

ParseState bad(RequestHead& head, int status, const char* reason) {
  head.bad_status = status;
  head.bad_reason = reason;
  return ParseState::kBad;
}

// Counts what a head may have once; members of RequestHead keep the values.
struct Seen {
  bool host = false;
  bool content_length = false;
  bool transfer_encoding = false;
  bool amz_target = false;
  bool close = false;
  bool keep_alive = false;
};

// Takes in the headers that the door itself acts on, told apart by length first: most headers cost one comparison of
// lengths.
const char* note_header(std::string_view name, std::string_view value, RequestHead& head, Seen& seen) {
  switch (name.size()) {
    case 4:
      if (equal_ignoring_case(name, "host")) {
        if (seen.host) return "two Host headers";
        seen.host = true;
        head.host = value;
      }
      break;
    case 6:
      if (equal_ignoring_case(name, "expect")) {
        if (equal_ignoring_case(value, "100-continue")) head.expect_continue = true;
      } else if (equal_ignoring_case(name, "origin")) {
        head.origin = value;
      }
      break;
    case 10:
      if (equal_ignoring_case(name, "connection"))
        any_element(value, [&](std::string_view element) {
          if (equal_ignoring_case(element, "close")) seen.close = true;
          if (equal_ignoring_case(element, "keep-alive")) seen.keep_alive = true;
          return false;
        });
      break;
    case 12:
      if (equal_ignoring_case(name, "x-amz-target") && !seen.amz_target) {
        seen.amz_target = true;
        head.dynamodb = value.starts_with("DynamoDB_") || value.starts_with("DynamoDBStreams_");
      }
      break;
    case 14:
      if (equal_ignoring_case(name, "content-length")) {
        if (seen.content_length) return "two Content-Length headers";
        seen.content_length = true;
        if (value.empty() || value.size() > 18) return "a Content-Length that is not a length";
        for (char c : value) {
          if (c < '0' || c > '9') return "a Content-Length that is not a number";
          head.content_length = head.content_length * 10 + static_cast<uint64_t>(c - '0');
        }
      }
      break;
    case 15:
      if (equal_ignoring_case(name, "accept-encoding")) head.accepts_gzip = head.accepts_gzip || wants_gzip(value);
      break;
    case 16:
      if (equal_ignoring_case(name, "content-encoding")) head.gzip_body = equal_ignoring_case(value, "gzip");
      break;
    case 17:
      if (equal_ignoring_case(name, "transfer-encoding")) {
        if (seen.transfer_encoding) return "two Transfer-Encoding headers";
        seen.transfer_encoding = true;
        head.chunked = equal_ignoring_case(value, "chunked");
      }
      break;
    default:
      break;
  }
  return nullptr;
}

// One `name: value` CRLF line at `at`. Returns the offset behind it, 0 when malformed.
size_t parse_line(std::string_view bytes, size_t at, std::string_view& name, std::string_view& value) {
  size_t colon = at;
  while (colon < bytes.size() && is(bytes[colon], kToken)) ++colon;
  if (colon == at || colon >= bytes.size() || bytes[colon] != ':') return 0;
  name = bytes.substr(at, colon - at);
  const void* found = std::memchr(bytes.data() + colon, '\r', bytes.size() - colon);
  if (!found) return 0;
  size_t cr = static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
  if (cr + 1 >= bytes.size() || bytes[cr + 1] != '\n') return 0;
  value = trim_blanks(bytes.substr(colon + 1, cr - colon - 1));
  if (!is_value(value)) return 0;
  return cr + 2;
}

}  // namespace

ParseState parse_head(std::string_view bytes, RequestHead& head, std::vector<WireHeader>& headers) {
  head = RequestHead();
  headers.clear();

  // Empty lines before a request line are skipped, as RFC 9112 section 2.2 asks.
  size_t start = 0;
  while (start + 1 < bytes.size() && bytes[start] == '\r' && bytes[start + 1] == '\n') start += 2;
  if (start > kMaxRequestLine) return bad(head, 400, "nothing but empty lines");

  const void* line_end = std::memchr(bytes.data() + start, '\n', bytes.size() - start);
  if (!line_end)
    return bytes.size() - start > kMaxRequestLine ? bad(head, 414, "a request line over 16 KB")
                                                  : ParseState::kIncomplete;
  size_t headers_begin = static_cast<size_t>(static_cast<const char*>(line_end) - bytes.data()) + 1;
  std::string_view line = bytes.substr(start, headers_begin - start - 1);
  if (line.size() > kMaxRequestLine) return bad(head, 414, "a request line over 16 KB");
  if (line.empty() || line.back() != '\r') return bad(head, 400, "a request line that does not end in CR LF");
  line.remove_suffix(1);

  size_t at = 0;
  while (at < line.size() && is(line[at], kToken)) ++at;
  if (at == 0 || at >= line.size() || line[at] != ' ') return bad(head, 400, "a malformed request line");
  head.method = line.substr(0, at);
  size_t target = ++at;
  while (at < line.size() && is(line[at], kTarget)) ++at;
  if (at == target || at >= line.size() || line[at] != ' ') return bad(head, 400, "a malformed request line");
  head.target = origin_form(line.substr(target, at - target));
  std::string_view version = line.substr(at + 1);
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.')
    return bad(head, 400, "a malformed request line");
  if (version[5] != '1') return bad(head, 505, "a version of HTTP that is not 1.1 or 1.0");
  head.http10 = version[7] == '0';

  Seen seen;
  size_t position = headers_begin;
  for (;;) {
    // Whole lines only: what is cut off at the end of the bytes is not yet an error.
    if (position - headers_begin > kMaxHeaderBytes) return bad(head, 431, "headers over 16 KB");
    if (position >= bytes.size()) return ParseState::kIncomplete;
    if (bytes[position] == '\r') {
      if (position + 1 >= bytes.size()) return ParseState::kIncomplete;
      if (bytes[position + 1] != '\n') return bad(head, 400, "a carriage return alone");
      position += 2;
      break;
    }
    WireHeader header;
    size_t next = parse_line(bytes, position, header.name, header.value);
    if (next == 0) {
      if (bytes.size() - headers_begin > kMaxHeaderBytes) return bad(head, 431, "headers over 16 KB");
      if (!std::memchr(bytes.data() + position, '\n', bytes.size() - position)) return ParseState::kIncomplete;
      return bad(head, 400, "a malformed header line");
    }
    if (headers.size() == kMaxHeaders) return bad(head, 431, "over 256 headers");
    headers.push_back(header);
    if (const char* reason = note_header(header.name, header.value, head, seen)) return bad(head, 400, reason);
    position = next;
  }
  head.size = position;

  if (seen.transfer_encoding) {
    if (seen.content_length) return bad(head, 400, "Content-Length beside Transfer-Encoding");
    if (head.http10) return bad(head, 400, "Transfer-Encoding in HTTP/1.0");
    if (!head.chunked) return bad(head, 501, "a Transfer-Encoding other than chunked");
  }
  if (!seen.host && !head.http10) return bad(head, 400, "no Host header");
  head.keep_alive = !seen.close && (!head.http10 || seen.keep_alive);
  if (head.http10) head.expect_continue = false;
  head.dynamodb = head.dynamodb && head.method == "POST" && (head.target == "/" || head.target.starts_with("/?"));
  return ParseState::kDone;
}

bool parse_trailers(std::string_view bytes, std::vector<WireHeader>& trailers) {
  trailers.clear();
  size_t at = 0;
  while (at < bytes.size()) {
    WireHeader header;
    at = parse_line(bytes, at, header.name, header.value);
    if (at == 0 || trailers.size() == kMaxHeaders) return false;
    trailers.push_back(header);
  }
  return true;
}

ChunkedDecoder::State ChunkedDecoder::feed(char* base, size_t end) {
  for (;;) {
    switch (step_) {
      case Step::kSize:
        if (const auto state = take_size(base, end)) return *state;
        break;
      case Step::kData: {
        size_t count = end - raw_;
        if (count > remaining_) count = static_cast<size_t>(remaining_);
        if (count > 0) std::memmove(base + decoded_, base + raw_, count);
        decoded_ += count;
        raw_ += count;
        remaining_ -= count;
        if (remaining_ > 0) return State::kMore;
        step_ = Step::kDataEnd;
        break;
      }
      case Step::kDataEnd:
        if (end - raw_ < 2) return State::kMore;
        if (base[raw_] != '\r' || base[raw_ + 1] != '\n') return State::kBad;
        raw_ += 2;
        step_ = Step::kSize;
        break;
      case Step::kTrailers:
        return take_trailers(base, end);
      case Step::kDone:
        return State::kDone;
    }
  }
}

std::optional<ChunkedDecoder::State> ChunkedDecoder::take_size(const char* base, size_t end) {
  // A size line is short; extensions are allowed and ignored, but not without bound.
  constexpr size_t kMaxSizeLine = 1024;
  const void* found = std::memchr(base + raw_, '\n', end - raw_);
  if (!found) return end - raw_ > kMaxSizeLine ? State::kBad : State::kMore;
  const size_t line_end = static_cast<size_t>(static_cast<const char*>(found) - base);
  if (line_end - raw_ > kMaxSizeLine || line_end == raw_ || base[line_end - 1] != '\r') return State::kBad;
  uint64_t size = 0;
  size_t at = raw_;
  for (; at < line_end; ++at) {
    const char c = base[at];
    const char lower = static_cast<char>(c | 0x20);
    uint64_t digit;
    if (c >= '0' && c <= '9')
      digit = static_cast<uint64_t>(c - '0');
    else if (lower >= 'a' && lower <= 'f')
      digit = static_cast<uint64_t>(lower - 'a' + 10);
    else
      break;
    if (at - raw_ >= 15) return State::kBad;
    size = size * 16 + digit;
  }
  if (at == raw_) return State::kBad;
  while (at < line_end - 1 && (base[at] == ' ' || base[at] == '\t')) ++at;
  if (at != line_end - 1 && base[at] != ';') return State::kBad;
  for (; at < line_end - 1; ++at)
    if (!is(base[at], kValue)) return State::kBad;
  raw_ = line_end + 1;
  remaining_ = size;
  if (size > limit_ || decoded_ - begin_ + size > limit_) return State::kTooLarge;
  step_ = size == 0 ? Step::kTrailers : Step::kData;
  return std::nullopt;
}

// Taken whole: only when the empty line is there is anything consumed.
ChunkedDecoder::State ChunkedDecoder::take_trailers(const char* base, size_t end) {
  for (size_t at = raw_;;) {
    const void* found = std::memchr(base + at, '\n', end - at);
    if (!found) return end - raw_ > kMaxHeaderBytes ? State::kBad : State::kMore;
    const size_t line_end = static_cast<size_t>(static_cast<const char*>(found) - base);
    if (line_end == at || base[line_end - 1] != '\r' || line_end - raw_ > kMaxHeaderBytes) return State::kBad;
    if (line_end - at == 1) {
      trailers_begin_ = raw_;
      trailers_end_ = at;
      raw_ = line_end + 1;
      step_ = Step::kDone;
      return State::kDone;
    }
    at = line_end + 1;
  }
}

size_t ChunkedDecoder::compact(char* base, size_t end) {
  size_t tail = end - raw_;
  if (tail > 0 && raw_ > decoded_) std::memmove(base + decoded_, base + raw_, tail);
  raw_ = decoded_;
  return decoded_ + tail;
}

}  // namespace stator::http
