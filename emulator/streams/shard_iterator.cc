#include "emulator/streams/shard_iterator.h"

#include "protocol/value/arena.h"
#include "protocol/value/base64.h"

namespace stator {
namespace {

constexpr std::string_view kMiddle = "|1|";
constexpr size_t kNumbers = 16;  // bytes: position, time
constexpr size_t kTokenBytes = kNumbers + 8;

void append_number(uint64_t number, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 255);
}

uint64_t number_at(std::string_view bytes, size_t at) {
  uint64_t number = 0;
  for (char c : bytes.substr(at, 8)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

// FNV-1a: against slips of the hand, not against forgers.
uint64_t check_sum(std::string_view arn, std::string_view numbers) {
  uint64_t hash = 14695981039346656037u;
  for (std::string_view part : {arn, numbers})
    for (char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace

std::string shard_iterator_text(const ShardIterator& iterator) {
  std::string token;
  append_number(static_cast<uint64_t>(iterator.position), token);
  append_number(static_cast<uint64_t>(iterator.made_ms), token);
  append_number(check_sum(iterator.arn, token), token);
  std::string text(iterator.arn);
  text += kMiddle;
  append_base64(token, text);
  return text;
}

std::optional<ShardIterator> read_shard_iterator(std::string_view text) {
  const size_t middle = text.rfind(kMiddle);  // the token has no such thing; what was given as an ARN may
  if (middle == std::string_view::npos) return std::nullopt;
  Arena arena;
  const std::string_view arn = text.substr(0, middle);
  const std::optional<std::string_view> token = decode_base64(text.substr(middle + kMiddle.size()), arena);
  if (!token || token->size() != kTokenBytes) return std::nullopt;
  if (number_at(*token, kNumbers) != check_sum(arn, token->substr(0, kNumbers))) return std::nullopt;
  return ShardIterator{arn, static_cast<int64_t>(number_at(*token, 0)), static_cast<int64_t>(number_at(*token, 8))};
}

}  // namespace stator
