#include "emulator/gateway/integration_call.h"

#include <mutex>

#include "emulator/gateway/execution_log.h"

namespace stator::gateway {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMaxPrelude = 64 * 1024;

// Passes a streamed answer on: gathers the prelude up to its eight NULs, sends the head, then the bytes as they come.
class StreamRelay final : public ResponseStream {
 public:
  StreamRelay(std::shared_ptr<Call> call, StreamHead head) : call_(std::move(call)), head_(std::move(head)) {}

  void begin(std::string_view content_type) override {
    const std::lock_guard lock(mutex_);
    has_prelude_ = content_type == "application/vnd.awslambda.http-integration-response";
    if (has_prelude_) return;
    LambdaReply plain;
    plain.headers.emplace_back("Content-Type",
                               content_type.empty() ? "application/octet-stream" : std::string(content_type));
    open(std::move(plain));
  }

  bool write(std::string bytes) override {
    const std::lock_guard lock(mutex_);
    if (broken_) return false;
    if (open_) return pass(std::move(bytes));
    gathered_ += bytes;
    const size_t end = gathered_.find(std::string_view("\0\0\0\0\0\0\0\0", 8));
    if (end == std::string::npos) {
      if (gathered_.size() > kMaxPrelude) broken_ = true;
      return !broken_;
    }
    LambdaReply prelude = read_prelude(std::string_view(gathered_).substr(0, end));
    if (!prelude.problem.empty()) {
      problem_ = prelude.problem;
      broken_ = true;
      return false;
    }
    std::string rest = gathered_.substr(end + 8);
    gathered_.clear();
    open(std::move(prelude));
    return broken_ ? false : rest.empty() || pass(std::move(rest));
  }

  // The function is done. True when the answer has gone out; false when nothing has and the caller must answer.
  bool close(bool whole) {
    const std::lock_guard lock(mutex_);
    if (!open_) {
      if (!problem_.empty()) call_->integration_error = problem_;
      return lost_;
    }
    if (whole)
      call_->exchange->end();
    else
      call_->exchange->abort();
    call_->log_answer(status_, bytes_);
    return true;
  }

 private:
  void open(LambdaReply prelude) {
    if (!call_->claim()) {  // too late: the timeout has answered
      broken_ = lost_ = true;
      return;
    }
    WireReply head = head_(*call_, std::move(prelude));
    status_ = head.status;
    open_ = true;
    call_->exchange->begin(std::move(head));
  }

  bool pass(std::string bytes) {
    bytes_ += bytes.size();
    return call_->exchange->write(std::move(bytes));
  }

  std::mutex mutex_;
  std::shared_ptr<Call> call_;
  StreamHead head_;
  std::string gathered_;
  std::string problem_;
  bool has_prelude_ = false;
  bool open_ = false;
  bool broken_ = false;
  bool lost_ = false;
  int status_ = 200;
  size_t bytes_ = 0;
};

Timers::Ticket watch(const std::shared_ptr<Call>& call, std::function<void(Call&)> expired) {
  std::weak_ptr<Call> weak = call;
  return call->services.timers->after(
      std::chrono::milliseconds(call->plan->timeout_ms), [weak, expired = std::move(expired)] {
        if (const std::shared_ptr<Call> late = weak.lock(); late && late->claim()) {
          late->integration_answered();
          late->integration_error = "no answer within " + std::to_string(late->plan->timeout_ms) + " ms";
          expired(*late);
        }
      });
}

void note(Call& call, const InvocationResult& result) {
  call.integration_answered();
  call.trace.cold_start = result.cold_start;
  call.trace.queued_us = result.queued.count();
  call.trace.started_us = result.started.count();
  call.integration_status = result.fault == FunctionFault::kThrottled ? "429" : "200";
  if (result.fault != FunctionFault::kNone) {
    call.integration_error = result.message.empty() ? result.error_type : result.message;
    if (result.fault == FunctionFault::kFunctionError && result.message.empty())
      call.integration_error = result.payload.substr(0, 500);
  }
  if (call.services.payloads) call.trace.result = result.payload;
  log_function_response(call, result.fault != FunctionFault::kNone, result.payload);
}

void invoke(std::shared_ptr<Call> call, std::string event, std::shared_ptr<StreamRelay> relay, FunctionFinish finish) {
  const std::shared_ptr<Function> function = call->services.functions->find(call->plan->function);
  call->integration_begun = std::chrono::steady_clock::now();
  log_function_request(*call, call->plan->uri, event);
  if (!function) {
    call->integration_error = "there is no function " + call->plan->function;
    if (call->claim()) finish(*call, CallFate::kMissingFunction, {});
    return;
  }
  if (call->services.payloads) call->trace.event = event;
  call->exchange->on_gone([weak = std::weak_ptr<Call>(call)] {
    if (const auto gone = weak.lock()) gone->client_gone.request_stop();
  });
  // A function that somebody is stepping through with a debugger has all the time in the world.
  const bool timed = function->config().kind != FunctionKind::kAttach;
  const Timers::Ticket ticket =
      timed ? watch(call, [finish](Call& late) { finish(late, CallFate::kTimeout, {}); }) : Timers::Ticket{};
  Invocation invocation;
  invocation.payload = std::move(event);
  invocation.request_id = call->invocation_id;
  invocation.trace_id =
      call->trace_id + (call->trace_id.find("Parent=") == std::string::npos
                            ? ";Parent=" + new_uuid().substr(0, 8) + new_uuid().substr(0, 8) + ";Sampled=0"
                            : "");
  invocation.stream = relay;
  invocation.client_gone = call->client_gone.get_token();
  invocation.done = [call, relay, ticket, timed, finish = std::move(finish)](InvocationResult result) {
    if (timed) call->services.timers->cancel(ticket);
    if (relay && relay->close(result.fault == FunctionFault::kNone)) {
      note(*call, result);
      finish(*call, CallFate::kStreamed, {});
      return;
    }
    if (!call->claim()) return;
    note(*call, result);
    finish(*call, CallFate::kAnswered, std::move(result));
  };
  function->invoke(std::move(invocation));
}

}  // namespace

void call_function(std::shared_ptr<Call> call, std::string event, FunctionFinish finish) {
  invoke(std::move(call), std::move(event), nullptr, std::move(finish));
}

void call_streaming_function(std::shared_ptr<Call> call, std::string event, StreamHead head, FunctionFinish finish) {
  auto relay = std::make_shared<StreamRelay>(call, std::move(head));
  invoke(std::move(call), std::move(event), std::move(relay), std::move(finish));
}

void call_upstream(std::shared_ptr<Call> call, UpstreamRequest request, UpstreamFinish finish) {
  call->integration_begun = std::chrono::steady_clock::now();
  request.timeout = std::chrono::milliseconds(call->plan->timeout_ms);
  call->exchange->on_gone([weak = std::weak_ptr<Call>(call)] {
    if (const auto gone = weak.lock()) gone->client_gone.request_stop();
  });
  request.client_gone = call->client_gone.get_token();
  if (call->services.payloads) call->trace.event = request.method + " " + request.url;
  log_endpoint_request(*call, request.url, request.headers, request.body);
  // The client has its own clock for `timeout`; a second one here would only race it.
  call->services.upstream->send(std::move(request), [call, finish = std::move(finish)](UpstreamResult result) {
    if (!call->claim()) return;
    call->integration_answered();
    if (result.fault != UpstreamFault::kNone)
      call->integration_error = result.message;
    else
      call->integration_status = std::to_string(result.status);
    if (result.fault == UpstreamFault::kNone) log_endpoint_response(*call, result.status, result.headers, result.body);
    const CallFate fate = result.fault == UpstreamFault::kTimeout ? CallFate::kTimeout : CallFate::kAnswered;
    finish(*call, fate, std::move(result));
  });
}

}  // namespace stator::gateway
