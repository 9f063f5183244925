// Which API and stage a URL speaks to, in any of the forms that reach the one port:
//   /restapis/{id}/{stage}/_user_request_/path      REST
//   /_aws/execute-api/{id}/{stage}/path             any
//   Host: {id}.execute-api.{region}.localhost       then /{stage}/path, or /path for an API's $default stage
//                                   (or .amazonaws.com)
// Pure text: whether there is such an API is the caller's question.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stator::gateway {

struct ApiAddress {
  enum class Form { kRestApis, kExecuteApi, kHost, kPlain };
  Form form = Form::kPlain;
  std::string_view api_id;  // empty for kPlain
  std::string_view stage;   // empty where the URL names none (kHost: the first part of the path may still be one)
  std::string_view path;    // what is left, as sent; starts with '/' ("/" when nothing is left)
  std::string_view query;   // as sent, without '?'
};

ApiAddress parse_address(std::string_view target, std::optional<std::string_view> host);

// ".../@connections/ID", by which functions reach the clients of a WebSocket API. Parts are as sent; what the URL does
// not name is empty.
struct ConnectionAddress {
  std::string_view api_id;
  std::string_view stage;
  std::string_view connection_id;
};
std::optional<ConnectionAddress> connection_address(const ApiAddress& address);

// "/prod/items" -> {"prod", "/items"}.
struct StageSplit {
  std::string_view stage;
  std::string_view path;
};
StageSplit split_stage(std::string_view path);

}  // namespace stator::gateway
