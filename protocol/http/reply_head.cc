#include "protocol/http/reply_head.h"

#include <charconv>

namespace stator::http {
namespace {

void append_number(uint64_t number, std::string& out) {
  char text[20];
  auto end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, static_cast<size_t>(end - text));
}

bool is_token(std::string_view name) {
  if (name.empty()) return false;
  for (char c : name) {
    char lower = static_cast<char>(c | 0x20);
    bool alnum = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
    if (!alnum && (c == 0 || std::string_view("-_!#$%&'*+.^`|~").find(c) == std::string_view::npos)) return false;
  }
  return true;
}

void append_value(std::string_view value, std::string& out) {
  size_t at = out.size();
  out.append(value);
  for (; at < out.size(); ++at) {
    auto c = static_cast<unsigned char>(out[at]);
    if ((c < 0x20 && c != '\t') || c == 0x7f) out[at] = ' ';
  }
}

}  // namespace

std::string_view status_text(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 203:
      return "Non-Authoritative Information";
    case 204:
      return "No Content";
    case 205:
      return "Reset Content";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";
    case 300:
      return "Multiple Choices";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Request Entity Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 418:
      return "I'm a teapot";
    case 422:
      return "Unprocessable Entity";
    case 423:
      return "Locked";
    case 424:
      return "Failed Dependency";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

std::string http_date(int64_t unix_seconds) {
  // Days to a calendar date (Howard Hinnant's civil_from_days), so that neither locale nor time zone has a say.
  int64_t days = unix_seconds / 86400;
  int64_t second = unix_seconds % 86400;
  if (second < 0) {
    second += 86400;
    --days;
  }
  int64_t weekday = ((days % 7) + 11) % 7;  // 1 January 1970 was a Thursday
  int64_t z = days + 719468;
  int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  int64_t doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153;
  int64_t day = doy - (153 * mp + 2) / 5 + 1;
  int64_t month = mp < 10 ? mp + 3 : mp - 9;
  int64_t year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  static constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto two = [](int64_t number) {
    return std::string{static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
  };
  std::string text(kDays[weekday]);
  text += ", " + two(day) + " ";
  text += kMonths[month - 1];
  text += " " + std::to_string(year) + " " + two(second / 3600) + ":" + two(second / 60 % 60) + ":" + two(second % 60) +
          " GMT";
  return text;
}

void append_reply_head(const WireReply& reply, const ReplyFraming& framing, std::string& out) {
  if (reply.status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
  } else {
    out += "HTTP/1.1 ";
    append_number(static_cast<uint64_t>(reply.status >= 100 && reply.status <= 999 ? reply.status : 500), out);
    out += ' ';
    out += status_text(reply.status);
    out += "\r\n";
  }
  bool has_date = false;
  bool has_crc = false;
  for (const auto& [name, value] : reply.headers) {
    switch (name.size()) {
      case 4:
        has_date = has_date || equal_ignoring_case(name, "date");
        break;
      case 10:
        if (equal_ignoring_case(name, "connection") || equal_ignoring_case(name, "keep-alive")) continue;
        break;
      case 11:
        has_crc = has_crc || equal_ignoring_case(name, "x-amz-crc32");
        break;
      case 14:
        if (!framing.keep_content_length_header && equal_ignoring_case(name, "content-length")) continue;
        break;
      case 17:
        if (equal_ignoring_case(name, "transfer-encoding")) continue;
        break;
      default:
        break;
    }
    if (!is_token(name)) continue;
    out += name;
    out += ": ";
    append_value(value, out);
    out += "\r\n";
  }
  if (framing.gzip) out += "Content-Encoding: gzip\r\n";
  if (framing.content_length) {
    out += "Content-Length: ";
    append_number(*framing.content_length, out);
    out += "\r\n";
  }
  if (framing.chunked) out += "Transfer-Encoding: chunked\r\n";
  if (framing.crc32 && !has_crc) {
    out += "x-amz-crc32: ";
    append_number(*framing.crc32, out);
    out += "\r\n";
  }
  if (!has_date && !framing.date.empty()) {
    out += "Date: ";
    out += framing.date;
    out += "\r\n";
  }
  out += framing.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
}

}  // namespace stator::http
