// One DynamoDB request, from the door's plain structs to the finished answer: find the operation, check the
// authentication material, parse, check the shape, run, write. The order is the service's and is the visible
// top-to-bottom order of run(). An AwsError on the way is caught here and nowhere else.
//
// Threads: any. Each thread keeps one arena, reused from request to request.
#pragma once

#include <string>
#include <string_view>

#include "emulator/engine.h"
#include "emulator/permissions/access_gate.h"
#include "protocol/wire_message.h"

namespace stator {

// What is told of each request once it is answered (log, metrics, request log). Views live for the call.
struct RequestRecord {
  std::string_view operation;  // empty: unknown
  std::string_view table;
  std::string_view index;
  std::string_view account;
  std::string_view region;
  std::string_view error;  // the error's name, or empty
  std::string_view error_message;
  int status = 200;
  double units = 0;
  uint64_t rows = 0;
  int64_t nanoseconds = 0;
};

class Dispatcher : public InlineHandler {
 public:
  explicit Dispatcher(Engine& engine) : engine_(engine) {}

  void handle(WireRequest& request, WireReply& reply) override;
  bool settle() override;
  void fail(WireReply& reply) override;

  // handle() and settle() in one, for callers that are not the door: they are the server itself, and access control
  // does not ask who they are.
  void handle_now(WireRequest& request, WireReply& reply);

  // Access control; null: everybody may do everything. Set before the first request.
  AccessGate* access = nullptr;
  // Called after each request, on its thread, when set. Set before the first request.
  std::function<void(const RequestRecord&)> observer;
  // A failure that is the server's own (a storage error), as a sentence for the log.
  std::function<void(std::string_view)> on_failure;
  // A table that was named and is not in the request's scope. Called on the request's thread: it must not wait.
  std::function<void(const persistence::ScopeName&, std::string_view table)> on_missing_table;

 private:
  struct Course;  // of one request: what the log, the faults and the answer need of it
  void answer(WireRequest& request, WireReply& reply, AccessGate* gate);
  void run(WireRequest& request, WireReply& reply, Course& course, AccessGate* gate);

  Engine& engine_;
};

// 52 capitals and digits, as the service's request ids are.
std::string new_request_id();

}  // namespace stator
