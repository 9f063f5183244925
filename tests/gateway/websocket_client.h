// The client's side of WebSocket for tests: masked frames out, server frames in. Written apart from what it tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stator::gateway {

inline std::string client_frame(int opcode, std::string_view payload, bool fin = true) {
  std::string out(1, static_cast<char>((fin ? 0x80 : 0) | opcode));
  const size_t size = payload.size();
  if (size < 126) {
    out += static_cast<char>(0x80 | size);
  } else if (size < 65536) {
    out += "\xFE";
    out += static_cast<char>(size / 256);
    out += static_cast<char>(size % 256);
  } else {
    out += "\xFF";
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift);
  }
  constexpr std::string_view kMask = "\x37\xFA\x21\x3D";
  out += kMask;
  for (size_t i = 0; i < size; ++i) out += static_cast<char>(payload[i] ^ kMask[i % 4]);
  return out;
}

// First byte and payload of each whole frame.
inline std::vector<std::pair<int, std::string>> server_frames(std::string_view bytes) {
  std::vector<std::pair<int, std::string>> out;
  while (bytes.size() >= 2) {
    const int first = static_cast<uint8_t>(bytes[0]);
    size_t size = static_cast<uint8_t>(bytes[1]), header = 2;
    if (size == 126) {
      size = static_cast<size_t>(static_cast<uint8_t>(bytes[2])) * 256 + static_cast<uint8_t>(bytes[3]);
      header = 4;
    } else if (size == 127) {
      size = 0;
      for (size_t i = 2; i < 10; ++i) size = size * 256 + static_cast<uint8_t>(bytes[i]);
      header = 10;
    }
    if (bytes.size() < header + size) break;
    out.emplace_back(first, bytes.substr(header, size));
    bytes.remove_prefix(header + size);
  }
  return out;
}

}  // namespace stator::gateway
