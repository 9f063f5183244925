#include "emulator/gateway/websocket/frames.h"

#include <algorithm>
#include <utility>

#include "protocol/json/utf8.h"

namespace stator::gateway {
namespace {

constexpr uint8_t kFin = 0x80;
constexpr uint8_t kReserved = 0x70;
constexpr uint8_t kMasked = 0x80;
constexpr size_t kMaxControl = 125;

bool is_control(uint8_t opcode) {
  return opcode >= 8;
}

bool is_utf8(std::string_view text) {
  return find_invalid_utf8(text) == text.size();
}

void append_frame(uint8_t first, std::string_view payload, std::string& out) {
  out += static_cast<char>(first);
  const size_t size = payload.size();
  if (size <= 125) {
    out += static_cast<char>(size);
  } else if (size <= 0xFFFF) {
    out += static_cast<char>(126);
    out += static_cast<char>(size >> 8);
    out += static_cast<char>(size & 0xFF);
  } else {
    out += static_cast<char>(127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((size >> shift) & 0xFF);
  }
  out += payload;
}

}  // namespace

// How many bytes the present header has, as far as its first two tell.
size_t FrameReader::header_size() const {
  if (header_got_ < 2) return 2;
  const uint8_t length = header_[1] & 0x7F;
  return 2 + (length == 126 ? 2u : length == 127 ? 8u : 0u) + ((header_[1] & kMasked) ? 4u : 0u);
}

uint16_t FrameReader::begin_frame() {
  const uint8_t opcode = header_[0] & 0x0F;
  const bool fin = header_[0] & kFin;
  if ((header_[0] & kReserved) || !(header_[1] & kMasked)) return kCloseProtocolError;  // no extension was agreed on
  uint64_t length = header_[1] & 0x7F;
  if (length == 126) {
    length = static_cast<uint64_t>(header_[2]) << 8 | header_[3];
    if (length < 126) return kCloseProtocolError;
  } else if (length == 127) {
    length = 0;
    for (size_t i = 2; i < 10; ++i) length = length << 8 | header_[i];
    if (length <= 0xFFFF || length >> 63) return kCloseProtocolError;
  }
  if (is_control(opcode)) {
    if (opcode > static_cast<uint8_t>(Opcode::kPong) || !fin || length > kMaxControl) return kCloseProtocolError;
  } else {
    if (opcode > static_cast<uint8_t>(Opcode::kBinary)) return kCloseProtocolError;
    if ((opcode == static_cast<uint8_t>(Opcode::kContinuation)) != in_message_) return kCloseProtocolError;
    if (opcode == static_cast<uint8_t>(Opcode::kBinary)) return kCloseUnsupported;
    if (length > kMaxFramePayload || message_.size() + length > kMaxMessage) return kCloseTooBig;
    message_.reserve(message_.size() + static_cast<size_t>(length));
    in_message_ = !fin;
  }
  remaining_ = static_cast<uint32_t>(length);
  mask_at_ = 0;
  in_payload_ = true;
  return 0;
}

uint16_t FrameReader::end_frame(const Sink& sink) {
  const uint8_t opcode = header_[0] & 0x0F;
  const bool fin = header_[0] & kFin;
  header_got_ = 0;
  in_payload_ = false;
  if (is_control(opcode)) {
    if (opcode == static_cast<uint8_t>(Opcode::kClose)) done_ = true;
    sink(static_cast<Opcode>(opcode), std::exchange(control_, {}));
    return 0;
  }
  if (!fin) return 0;
  if (!is_utf8(message_)) return kCloseBadText;
  sink(Opcode::kText, std::exchange(message_, {}));
  return 0;
}

uint16_t FrameReader::feed(std::string_view bytes, const Sink& sink) {
  uint16_t fault = 0;
  while (!done_ && fault == 0) {
    if (!in_payload_) {
      while (header_got_ < header_size() && !bytes.empty()) {
        header_[header_got_++] = static_cast<uint8_t>(bytes.front());
        bytes.remove_prefix(1);
      }
      if (header_got_ < header_size()) return 0;
      fault = begin_frame();
      continue;
    }
    if (remaining_ > 0) {
      if (bytes.empty()) return 0;
      const size_t count = std::min<size_t>(remaining_, bytes.size());
      std::string& into = is_control(header_[0] & 0x0F) ? control_ : message_;
      const uint8_t* mask = header_ + header_got_ - 4;
      const size_t from = into.size();
      into.append(bytes.substr(0, count));
      for (size_t i = from; i < into.size(); ++i)
        into[i] = static_cast<char>(static_cast<uint8_t>(into[i]) ^ mask[mask_at_++ & 3]);
      bytes.remove_prefix(count);
      remaining_ -= static_cast<uint32_t>(count);
      if (remaining_ > 0) return 0;
    }
    fault = end_frame(sink);
  }
  if (fault != 0) {
    done_ = true;
    std::string().swap(message_);
  }
  return fault;
}

CloseWords read_close(std::string_view payload) {
  CloseWords words;
  if (payload.empty()) return words;
  if (payload.size() == 1) {
    words.fault = kCloseProtocolError;
    return words;
  }
  const auto code = static_cast<uint16_t>(static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]));
  const bool defined = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
  if (!defined && (code < 3000 || code > 4999)) {
    words.fault = kCloseProtocolError;
    return words;
  }
  words.code = code;
  words.reason = payload.substr(2);
  if (!is_utf8(words.reason)) words.fault = kCloseBadText;
  return words;
}

std::string message_frames(std::string_view message) {
  std::string out;
  out.reserve(message.size() + 4 * (message.size() / kMaxFramePayload + 1));
  auto opcode = static_cast<uint8_t>(is_utf8(message) ? Opcode::kText : Opcode::kBinary);
  for (;;) {
    const std::string_view piece = message.substr(0, kMaxFramePayload);
    message.remove_prefix(piece.size());
    append_frame(static_cast<uint8_t>(opcode | (message.empty() ? kFin : 0)), piece, out);
    if (message.empty()) return out;
    opcode = static_cast<uint8_t>(Opcode::kContinuation);
  }
}

std::string control_frame(Opcode opcode, std::string_view payload) {
  std::string out;
  append_frame(static_cast<uint8_t>(kFin | static_cast<uint8_t>(opcode)), payload.substr(0, kMaxControl), out);
  return out;
}

std::string close_frame(uint16_t code, std::string_view reason) {
  if (code == kCloseNoStatus) return control_frame(Opcode::kClose, {});
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  reason = reason.substr(0, kMaxControl - 2);
  payload += reason.substr(0, find_invalid_utf8(reason));  // cut between two characters
  return control_frame(Opcode::kClose, payload);
}

}  // namespace stator::gateway
