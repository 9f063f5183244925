#include "emulator/gateway/rest/content_coding.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "protocol/header_list.h"
#include "protocol/http/gzip.h"

namespace stator::gateway {
namespace {

using http::Gzip;

std::optional<Gzip::Framing> framing_of(std::string_view coding) {
  if (equal_ignoring_case(coding, "gzip")) return Gzip::Framing::kGzip;
  if (equal_ignoring_case(coding, "deflate")) return Gzip::Framing::kDeflate;
  return std::nullopt;
}

// The coding that the client likes best of those that are known; of equals, the one it names first. Empty: none. A
// client that says nothing, or "*", gets none.
std::string_view preferred(std::string_view accepted) {
  std::string_view best;
  double best_weight = 0;
  any_element(accepted, [&](std::string_view one) {
    const size_t semicolon = std::min(one.find(';'), one.size());
    double weight = 1;
    if (const size_t q = one.find("q=", semicolon); q != std::string_view::npos)
      std::from_chars(one.data() + q + 2, one.data() + one.size(), weight);
    const std::string_view coding = trim_blanks(one.substr(0, semicolon));
    if (weight > best_weight && framing_of(coding)) {
      best = coding;
      best_weight = weight;
    }
    return false;
  });
  return best;
}

}  // namespace

Decoding decode_request(Call& call, size_t limit) {
  const std::string_view coding = trim_blanks(call.header("Content-Encoding").value_or(""));
  if (coding.empty() || equal_ignoring_case(coding, "identity") || call.body().empty()) return Decoding::kDone;
  const std::optional<Gzip::Framing> framing = framing_of(coding);
  if (!framing) return Decoding::kUnsupported;
  switch (Gzip(*framing).inflate(call.body(), limit, call.decoded_body)) {
    case Gzip::Inflated::kDone:
      break;
    case Gzip::Inflated::kMalformed:
      return Decoding::kUnsupported;
    case Gzip::Inflated::kTooLarge:
      return Decoding::kTooLarge;
  }
  call.request.body = {call.decoded_body.data(), call.decoded_body.size()};
  std::erase_if(call.request.headers, [](const WireHeader& h) {
    return equal_ignoring_case(h.name, "Content-Encoding") || equal_ignoring_case(h.name, "Content-Length");
  });
  return Decoding::kDone;
}

void encode_reply(const Call& call, WireReply& reply) {
  const int smallest = call.stage->api->minimum_compression_size;
  if (smallest < 0 || reply.body.empty() || reply.body.size() < static_cast<size_t>(smallest)) return;
  const std::string_view coding = preferred(call.header("Accept-Encoding").value_or(""));
  if (coding.empty() || std::any_of(reply.headers.begin(), reply.headers.end(),
                                    [](const auto& h) { return equal_ignoring_case(h.first, "Content-Encoding"); }))
    return;
  std::string encoded;
  Gzip(*framing_of(coding)).deflate(reply.body, encoded);
  reply.body = std::move(encoded);
  reply.headers.emplace_back("Content-Encoding", coding);
}

}  // namespace stator::gateway
