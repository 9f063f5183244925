// Content codings of REST APIs, gzip and deflate: a request's body is decoded before anything reads it, an answer's is
// encoded where the API says from which size on (minimumCompressionSize) and the client takes it. Any thread.
#pragma once

#include "emulator/gateway/call.h"

namespace stator::gateway {

enum class Decoding : uint8_t { kDone, kUnsupported, kTooLarge };

// Replaces the request's body and takes its Content-Encoding away. kUnsupported: another coding, or not in it.
Decoding decode_request(Call& call, size_t limit);

// Encodes the answer's body, if all is as it must be.
void encode_reply(const Call& call, WireReply& reply);

}  // namespace stator::gateway
