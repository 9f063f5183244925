// WebSocket framing (RFC 6455 section 5) as a server needs it: client frames in, messages and control frames out, and
// server frames written. Pure bytes: no socket, no clock, no API. The service's quotas are quotas on frames as well as
// on messages, and binary ones are refused.
//
// Why not Boost.Beast's websocket::stream: it wants an Asio executor with timers, which the door's loop is not, so each
// connection would cross to another thread and hold kilobytes while idle; and it shows no frames, only messages. What
// is left of it after that is the two hundred lines behind this header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace stator::gateway {

enum class Opcode : uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

// RFC 6455 section 7.4.1
inline constexpr uint16_t kCloseNormal = 1000;
inline constexpr uint16_t kCloseGoingAway = 1001;
inline constexpr uint16_t kCloseProtocolError = 1002;
inline constexpr uint16_t kCloseUnsupported = 1003;
inline constexpr uint16_t kCloseNoStatus = 1005;  // never on the wire: a close frame without a code
inline constexpr uint16_t kCloseAbnormal = 1006;  // never on the wire: no close frame at all
inline constexpr uint16_t kCloseBadText = 1007;
inline constexpr uint16_t kCloseTooBig = 1009;

// The service's quotas.
inline constexpr size_t kMaxFramePayload = 32 * 1024;
inline constexpr size_t kMaxMessage = 128 * 1024;

// One direction of one connection. Holds no memory between messages.
class FrameReader {
 public:
  // A whole text message, or a control frame's payload (at most 125 bytes), unmasked.
  using Sink = std::function<void(Opcode opcode, std::string payload)>;

  // Uses up `bytes`. Returns 0, or the code to close with: then, and after a close frame, nothing more is read.
  uint16_t feed(std::string_view bytes, const Sink& sink);

 private:
  size_t header_size() const;
  uint16_t begin_frame();
  uint16_t end_frame(const Sink& sink);

  uint8_t header_[14];
  uint8_t header_got_ = 0;
  bool in_payload_ = false;
  bool in_message_ = false;  // a fragmented message is under way
  bool done_ = false;
  uint8_t mask_at_ = 0;
  uint32_t remaining_ = 0;  // of the present frame's payload
  std::string message_;
  std::string control_;
};

// What a close frame says: the code (kCloseNoStatus without one) and the reason. `fault` is the code to answer with
// when it is malformed, else 0.
struct CloseWords {
  uint16_t code = kCloseNoStatus;
  std::string_view reason;  // into the payload
  uint16_t fault = 0;
};
CloseWords read_close(std::string_view payload);

// A message as unmasked frames of at most kMaxFramePayload bytes: text, or binary when it is not UTF-8.
std::string message_frames(std::string_view message);
std::string control_frame(Opcode opcode, std::string_view payload);  // at most 125 bytes of it
std::string close_frame(uint16_t code, std::string_view reason);     // kCloseNoStatus: without a code

}  // namespace stator::gateway
