#include "emulator/transactions/tokens.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "protocol/json/json_writer.h"

namespace stator {
namespace {

constexpr std::string_view kToken = "token";
constexpr std::string_view kTokenExpiry = "token-expiry";

uint64_t mix(std::string_view text, uint64_t state) {
  for (unsigned char c : text) {
    state = (state ^ c) * 0x9e3779b97f4a7c15;
    state ^= state >> 29;
  }
  state = (state ^ (state >> 32)) * 0xd6e8feb86659fd93;
  return state ^ (state >> 32);
}

// Members in the order of their names: the service takes two requests that differ in order alone for the same
// (verified against it in localstack's issue 6529).
void append_sorted(const JsonValue& json, std::string& out) {
  if (json.is_object()) {
    std::vector<const JsonMember*> members;
    for (const JsonMember& member : json.members()) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const JsonMember* a, const JsonMember* b) { return a->name < b->name; });
    out += '{';
    for (const JsonMember* member : members) {
      append_json_string(member->name, out);
      append_sorted(member->value, out);
    }
    out += '}';
  } else if (json.is_array()) {
    out += '[';
    for (const JsonValue& element : json.elements()) append_sorted(element, out);
    out += ']';
  } else {
    append_json(json, out);
    out += ',';
  }
}

std::string expiry_id(int64_t expiry_ms, std::string_view token) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%020lld.", static_cast<long long>(expiry_ms));
  return std::string(digits) + std::string(token);
}

}  // namespace

std::string fingerprint(const JsonValue& request) {
  std::string text;
  append_sorted(request, text);
  char digits[40];
  std::snprintf(digits, sizeof digits, "%016llx%016llx", static_cast<unsigned long long>(mix(text, 1)),
                static_cast<unsigned long long>(mix(text, 0x5bd1e995)));
  return digits;
}

TokenRecord look_up_token(persistence::ReadTransaction& transaction, std::string_view token, std::string_view print,
                          int64_t now_ms) {
  std::optional<std::string> stored = transaction.document(kToken, token);
  if (!stored || std::atoll(stored->c_str()) <= now_ms) return {};
  if (!std::string_view(*stored).ends_with(print)) return {TokenState::kOtherRequest, {}};
  TokenRecord record{TokenState::kSameRequest, {}};
  const char* at = stored->c_str() + stored->find(' ');
  const char* end = stored->c_str() + stored->rfind(' ');
  while (at < end) {
    char* behind = nullptr;
    record.image_bytes.push_back(std::strtoull(at + 1, &behind, 10));
    at = behind;
  }
  return record;
}

void remember_token(persistence::WriteTransaction& transaction, std::string_view token, std::string_view print,
                    std::span<const size_t> image_bytes, int64_t now_ms) {
  constexpr size_t kRemovedAtOnce = 4;
  for (const auto& [id, empty] : transaction.documents(kTokenExpiry, {}, kRemovedAtOnce)) {
    if (std::atoll(id.c_str()) > now_ms) break;
    transaction.erase_document(kTokenExpiry, id);
    std::string_view old = std::string_view(id).substr(21);
    // The token may have been used again since: then it has a newer expiry of its own.
    std::optional<std::string> stored = transaction.document(kToken, old);
    if (stored && std::atoll(stored->c_str()) <= now_ms) transaction.erase_document(kToken, old);
  }
  int64_t expiry = now_ms + kTokenLifeMs;
  std::string record = std::to_string(expiry);
  for (size_t i = 0; i < image_bytes.size(); ++i) record += (i == 0 ? ' ' : ',') + std::to_string(image_bytes[i]);
  record += ' ';
  record += print;
  transaction.put_document(kToken, token, record);
  transaction.put_document(kTokenExpiry, expiry_id(expiry, token), {});
}

}  // namespace stator
