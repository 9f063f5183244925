// The door's own work, a piece at a time: the head of a request, the head of an answer, the checksum of a body.
#include <benchmark/benchmark.h>
#include <zlib.h>

#include "protocol/http/crc32.h"
#include "protocol/http/reply_head.h"
#include "protocol/http/request_parser.h"

namespace {

using namespace stator;

// As the JavaScript SDK v3 sends it.
const std::string kHead =
    "POST / HTTP/1.1\r\nx-amz-target: DynamoDB_20120810.GetItem\r\ncontent-type: application/x-amz-json-1.0\r\n"
    "host: localhost:8000\r\nx-amz-user-agent: aws-sdk-js/3.900.0\r\n"
    "user-agent: aws-sdk-js/3.900.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#22.1.0 api/dynamodb#3.900.0 m/E,N,e\r\n"
    "amz-sdk-invocation-id: 0d9ae5f8-4e3c-4a8e-9c5e-1a2b3c4d5e6f\r\namz-sdk-request: attempt=1; max=3\r\n"
    "x-amz-date: 20260101T000000Z\r\n"
    "x-amz-content-sha256: 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\r\n"
    "authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=amz-sdk-"
    "invocation-id;amz-sdk-request;content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target;x-amz-"
    "user-"
    "agent, Signature=7f1a9c0e5b3d4f6a8c2e0d1b3a5c7e9f7f1a9c0e5b3d4f6a8c2e0d1b3a5c7e9f\r\ncontent-length: 2\r\n"
    "Connection: keep-alive\r\n\r\n";

void parse_request_head(benchmark::State& state) {
  http::RequestHead head;
  std::vector<WireHeader> headers;
  for (auto _ : state) {
    benchmark::DoNotOptimize(http::parse_head(kHead, head, headers));
    benchmark::DoNotOptimize(headers.data());
  }
}
BENCHMARK(parse_request_head);

void write_reply_head(benchmark::State& state) {
  WireReply reply;
  reply.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                   {"x-amzn-RequestId", "CONSTANTCONSTANTCONSTANTCONSTANTCONSTANTCONSTANTCONS"}};
  http::ReplyFraming framing;
  framing.content_length = 1100;
  framing.crc32 = 123456789;
  framing.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  std::string out;
  for (auto _ : state) {
    out.clear();
    http::append_reply_head(reply, framing, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_reply_head);

void checksum(benchmark::State& state) {
  std::string body(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(http::crc32(body));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checksum)->Arg(2)->Arg(1100)->Arg(1 << 20);

void checksum_by_zlib(benchmark::State& state) {
  std::string body(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(::crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size()));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checksum_by_zlib)->Arg(2)->Arg(1100)->Arg(1 << 20);

}  // namespace

BENCHMARK_MAIN();
