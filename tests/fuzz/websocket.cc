// Bytes from a client, in one piece and in many: what a frame reader makes of them is the same, within the quotas, and
// what is sent comes back as it was. The first byte says how to cut; selection expressions get the rest as well.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "claim.h"
#include "emulator/gateway/websocket/frames.h"
#include "emulator/gateway/websocket/selection.h"

using namespace stator::gateway;
using stator::fuzz::claim;

namespace {

std::string read(std::string_view bytes, size_t step) {
  FrameReader reader;
  std::string out;
  bool over = false;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    const uint16_t fault = reader.feed(piece, [&](Opcode opcode, const std::string& payload) {
      claim(!over, "nothing is read behind the end");
      claim(payload.size() <= (opcode == Opcode::kText ? kMaxMessage : 125), "a message keeps to its quota");
      if (opcode == Opcode::kClose) {
        over = true;
        const CloseWords words = read_close(payload);
        claim(words.fault != 0 || words.reason.size() + 2 <= 125, "a reason is part of its frame");
      }
      out += std::to_string(static_cast<int>(opcode)) + ":" + payload + "\n";
    });
    if (fault != 0) {
      claim(!over, "an end has one reason");
      over = true;
      out += std::to_string(fault);
    }
  }
  return out;
}

// The server's frames, masked with nothing, are a client's frames.
std::string as_client(std::string frames) {
  std::string out;
  for (size_t at = 0; at < frames.size();) {
    const auto length = static_cast<uint8_t>(frames[at + 1]);
    size_t header = 2, size = length;
    if (length == 126) {
      header = 4;
      size = static_cast<size_t>(static_cast<uint8_t>(frames[at + 2])) << 8 | static_cast<uint8_t>(frames[at + 3]);
    }
    claim(length != 127, "a frame is never longer than its quota");
    frames[at + 1] = static_cast<char>(length | 0x80);
    out += frames.substr(at, header) + std::string(4, '\0') + frames.substr(at + header, size);
    at += header + size;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  claim(read(bytes, bytes.size()) == read(bytes, 1 + data[0] % 19), "it does not matter how bytes are cut");
  const std::string frames = message_frames(bytes);
  if ((static_cast<uint8_t>(frames[0]) & 0x0F) == static_cast<uint8_t>(Opcode::kText) && bytes.size() <= kMaxMessage)
    claim(read(as_client(frames), frames.size() + 64) == "1:" + std::string(bytes) + "\n", "what is sent is read");
  const size_t cut = bytes.find('\n');
  if (cut != std::string_view::npos) Selection(bytes.substr(0, cut)).evaluate(bytes.substr(cut + 1));
  return 0;
}
