// The Lambda Runtime API as one worker's process sees it: a listener on a port of 127.0.0.1 of its own, the wire of all
// its calls, and no idea of pools, processes or timeouts, which are its host's (RuntimeHost). A path before the API's
// own
// ("/name/2018-06-01/...") is accepted and ignored: runtime clients put what AWS_LAMBDA_RUNTIME_API says before the
// path.
//
// Beast rather than cpp-httplib, which answers 400 to a chunked request with trailers: that is how runtime clients
// report that a streamed response broke in the middle. Texts and statuses follow AWS's own emulator of this interface.
//
// Threads: the loop's, callbacks too. Lifetime: destroying RuntimeApi closes the port and every connection; the host
// must outlive it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace stator::gateway {

inline constexpr size_t kMaxBufferedResponse = 6 * 1024 * 1024 + 100;  // the service's own figure: 6291556
inline constexpr size_t kMaxStreamedResponse = 200 * 1024 * 1024;

struct RuntimeEvent {
  std::string request_id;
  int64_t deadline_ms = 0;  // since 1970
  std::string function_arn;
  std::string trace_id;
  std::string client_context;
  std::string cognito_identity;
  std::string payload;
};

// A `GET .../next` that waits, for as long as it takes.
class RuntimePoll {
 public:
  virtual ~RuntimePoll() = default;
  virtual void answer(RuntimeEvent event) = 0;
  // 403 InvalidStateTransition: asked for the next before answering the last.
  virtual void refuse() = 0;
};

class RuntimeHost {
 public:
  virtual ~RuntimeHost() = default;

  enum class Verdict : uint8_t { kAccepted, kUnknownId, kTimedOut };

  virtual void next(std::shared_ptr<RuntimePoll> poll) = 0;
  virtual void poll_gone(const RuntimePoll* poll) = 0;  // its client hung up while it waited

  // A response arrives: may it? Then, for a streamed one, piece by piece, and the end of either.
  virtual Verdict response_begins(std::string_view id, bool streamed, std::string_view content_type) = 0;
  virtual void response_piece(std::string_view id, std::string bytes) = 0;
  // `body` is empty for a streamed one. `error_type`/`error_body`: trailers of a stream that broke, else empty.
  virtual void response_ends(std::string_view id, std::string body, std::string error_type, std::string error_body) = 0;
  virtual void response_too_large(std::string_view id) = 0;
  virtual void response_cut(std::string_view id, bool streamed) = 0;  // the connection ended within the body
  virtual Verdict error(std::string_view id, std::string error_type, std::string body) = 0;
  virtual void init_error(std::string error_type, std::string body) = 0;

  struct Identity {
    std::string function_name, handler;
  };
  virtual Identity identity() const = 0;  // what an extension that registers is told
};

class RuntimeApi {
 public:
  // Throws std::system_error when `port` (0: any free one) cannot be had.
  RuntimeApi(boost::asio::io_context& loop, RuntimeHost& host, uint16_t port);
  ~RuntimeApi();
  RuntimeApi(const RuntimeApi&) = delete;
  RuntimeApi& operator=(const RuntimeApi&) = delete;

  uint16_t port() const;
  // To the extensions that registered for INVOKE and wait for an event.
  void tell_extensions(const RuntimeEvent& event);

  struct Shared;  // the implementation's own

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace stator::gateway
