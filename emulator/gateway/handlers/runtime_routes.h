// What each path of the Lambda Runtime API means, and of the Extensions API beside it: which call is made on the host,
// and the answer's status and text, as AWS's own emulator of this interface gives them. It must not know of sockets:
// a request comes in as method, target, pieces of its body and its end, and answers go out through RuntimeReplies.
//
// Threads: the loop's. Lifetime: one RuntimeRoutes per connection, owned by it; host and extensions outlive it. No call
// may come once the host is gone.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/handlers/runtime_api.h"

namespace stator::gateway {

// The connection, as the routes see it.
class RuntimeReplies {
 public:
  virtual ~RuntimeReplies() = default;
  // Of the request at hand; trailers too, once the body is in. Empty when there is none.
  virtual std::string header(std::string_view name) const = 0;
  // `more_headers`: "\r\nName: value" each. Does nothing on a connection that was closed meanwhile.
  virtual void reply(int status, std::string body, std::string_view more_headers = {},
                     std::string_view type = "application/json") = 0;
  virtual void park() = 0;                                      // waits for the host's next event
  virtual std::weak_ptr<RuntimeReplies> wait_for_client() = 0;  // an extension's wait; notices a client that leaves
};

// The extensions that one process has registered.
class RuntimeExtensions {
 public:
  void tell(const RuntimeEvent& event);  // those that asked for INVOKE

 private:
  friend class RuntimeRoutes;
  struct Extension {
    std::string id, name;
    bool wants_invoke = false;
    std::deque<std::string> events;  // sent when it next asks
    std::weak_ptr<RuntimeReplies> waiting;
  };
  Extension* find(const std::string& id);

  std::vector<Extension> all_;
};

class RuntimeRoutes {
 public:
  RuntimeRoutes(RuntimeReplies& client, RuntimeHost& host, RuntimeExtensions& extensions)
      : client_(client), host_(host), extensions_(extensions) {}

  void begin(std::string_view method, std::string_view target);
  bool take(std::string_view piece);  // false: so much more than may come that the rest need not be read
  void finish();
  void cut();  // the connection ended within the body
  static std::string truncated_error();
  static std::string refused_transition();  // what a `next` too early is told, with 403

 private:
  enum class Body : uint8_t { kIgnored, kResponse, kStream, kError, kInitError, kRegister };

  void begin_response();
  void begin_extension(std::string_view path, bool get, bool post);
  void refuse_path(int status);
  void accept();
  void reply_late(RuntimeHost::Verdict verdict);
  void end_response();
  void register_extension();
  void extension_next();
  RuntimeExtensions::Extension* known_extension();
  size_t limit() const { return use_ == Body::kStream ? kMaxStreamedResponse : kMaxBufferedResponse; }

  RuntimeReplies& client_;
  RuntimeHost& host_;
  RuntimeExtensions& extensions_;
  std::function<void()> after_;  // once the body is in
  std::string id_, body_;
  size_t body_bytes_ = 0;
  Body use_ = Body::kIgnored;
};

}  // namespace stator::gateway
