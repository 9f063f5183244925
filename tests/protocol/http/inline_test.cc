// DynamoDB's own path through the door: one request, many, in pieces, in a pipeline, compressed, too large, failed.
#include <gtest/gtest.h>
#include <zlib.h>

#include <thread>

#include "door_under_test.h"
#include "protocol/http/gzip.h"

namespace stator::http {
namespace {

std::string crc_of(const std::string& bytes) {
  return std::to_string(::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

TEST(DoorInline, AnswersARequestAndKeepsTheConnection) {
  DoorUnderTest door;
  RawClient client(door.port());
  for (int i = 0; i < 20; ++i) {
    client.send(dynamo_request("{\"n\":" + std::to_string(i) + "}"));
    RawReply reply = client.reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "/|{\"n\":" + std::to_string(i) + "}");
    EXPECT_EQ(reply.header("x-amz-crc32"), crc_of(reply.body));
    EXPECT_EQ(reply.header("connection"), "keep-alive");
    EXPECT_EQ(reply.count("keep-alive"), 0u);
    EXPECT_EQ(reply.count("content-length"), 1u);
  }
  EXPECT_TRUE(door.handler.terminated);
}

TEST(DoorInline, ListensInBothFamilies) {
  DoorUnderTest door;
  for (const char* address : {"127.0.0.1", "::1"}) {
    RawClient client(door.port(), address);
    if (std::string(address) == "::1" && door.server->endpoints().size() == 1) continue;  // a machine without IPv6
    door.handler.on_handle = [](WireRequest& request, WireReply& reply) { reply.body = request.remote_address; };
    client.send(dynamo_request("{}"));
    EXPECT_EQ(client.reply().body, address);
  }
}

TEST(DoorInline, OnlyDynamoDbsOwnShapeIsInline) {
  DoorUnderTest door;
  struct Case {
    const char* line;
    const char* target;
    bool is_inline;
  };
  const Case cases[] = {
      {"POST /", "DynamoDB_20120810.PutItem", true},
      {"POST /?x=1", "DynamoDB_20120810.PutItem", true},
      {"POST http://localhost:8000/", "DynamoDB_20120810.PutItem", true},
      {"POST /", "DynamoDBStreams_20120810.ListStreams", true},
      {"POST /", "AmazonSQS.SendMessage", false},
      {"POST /", "DynamoDB", false},
      {"POST /x", "DynamoDB_20120810.PutItem", false},
      {"POST //", "DynamoDB_20120810.PutItem", false},
      {"PUT /", "DynamoDB_20120810.PutItem", false},
  };
  for (const Case& each : cases) {
    RawClient client(door.port());
    int before = door.handler.handled;
    client.send(std::string(each.line) + " HTTP/1.1\r\nhost: localhost\r\nx-amz-TARGET: " + each.target +
                "\r\ncontent-length: 2\r\n\r\n{}");
    EXPECT_EQ(client.reply().status, 200);
    EXPECT_EQ(door.handler.handled - before, each.is_inline ? 1 : 0) << each.line << " " << each.target;
  }
}

TEST(DoorInline, APipelineIsAnsweredInOrder) {
  DoorUnderTest door(one_thread());
  RawClient client(door.port());
  std::string all;
  constexpr int kCount = 1000;  // more than one batch holds
  for (int i = 0; i < kCount; ++i) all += dynamo_request(std::to_string(i));
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < kCount; ++i) ASSERT_EQ(client.reply().body, "/|" + std::to_string(i));
  sender.join();
  EXPECT_EQ(door.handler.handled, kCount);
  EXPECT_LT(door.handler.settled, kCount / 4) << "requests that are ready together share a settle()";
  EXPECT_TRUE(door.handler.terminated);
}

TEST(DoorInline, InlineAndOtherRequestsInOnePipelineKeepTheirOrder) {
  DoorUnderTest door(one_thread());
  RawClient client(door.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += dynamo_request("a" + std::to_string(i));
    all += "GET /other" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  }
  client.send(all);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(client.reply().body, "/|a" + std::to_string(i));
    ASSERT_EQ(client.reply().body, "GET /other" + std::to_string(i) + "|");
  }
}

TEST(DoorInline, BytesMayArriveOneByOne) {
  DoorUnderTest door(one_thread());
  RawClient client(door.port());
  std::string chunked =
      "POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: DynamoDB_20120810.X\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\n\r\n";
  for (int round = 0; round < 2; ++round) {
    for (char c : dynamo_request("hello") + chunked) client.send({&c, 1});
    EXPECT_EQ(client.reply().body, "/|hello");
    EXPECT_EQ(client.reply().body, "/|abcdefg");
  }
}

TEST(DoorInline, EverySplitOfTwoRequestsGivesTheSameAnswers) {
  DoorUnderTest door(one_thread());
  std::string both = dynamo_request("first") + dynamo_request("second", "Expect: 100-continue\r\n");
  for (size_t split = 1; split < both.size(); split += 7) {
    RawClient client(door.port());
    client.send(std::string_view(both).substr(0, split));
    if (split % 3 == 0) std::this_thread::yield();
    client.send(std::string_view(both).substr(split));
    ASSERT_EQ(client.reply().body, "/|first") << split;
    RawReply second = client.reply();
    if (second.status == 100) second = client.reply();
    ASSERT_EQ(second.body, "/|second") << split;
  }
}

TEST(DoorInline, ALargeBodyArrivesWhole) {
  DoorUnderTest door;
  door.handler.on_handle = [](WireRequest& request, WireReply& reply) {
    reply.body = std::to_string(request.body.size()) + request.body.back();
  };
  RawClient client(door.port());
  std::string body(9'000'000, 'x');
  body.back() = 'y';
  client.send(dynamo_request(body));
  EXPECT_EQ(client.reply().body, "9000000y");
}

TEST(DoorInline, AFailedSettleReplacesEveryAnswerOfTheRound) {
  DoorUnderTest door(one_thread());
  door.handler.settles = false;
  RawClient client(door.port());
  client.send(dynamo_request("a") + dynamo_request("b"));
  for (int i = 0; i < 2; ++i) {
    RawReply reply = client.reply();
    EXPECT_EQ(reply.status, 500);
    EXPECT_EQ(reply.body, "failed");
    EXPECT_EQ(reply.header("x-amz-crc32"), crc_of("failed"));
    EXPECT_EQ(reply.count("content-type"), 0u) << "nothing of the first answer may remain";
  }
  EXPECT_EQ(door.handler.failed, 2);
  door.handler.settles = true;
  client.send(dynamo_request("c"));
  EXPECT_EQ(client.reply().body, "/|c");
}

TEST(DoorInline, TakesAndGivesGzip) {
  DoorUnderTest door;
  Gzip gzip;
  std::string compressed;
  gzip.deflate("{\"a\":\"" + std::string(5000, 'z') + "\"}", compressed);
  RawClient client(door.port());
  client.send(dynamo_request(compressed, "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(client.reply().body, "/|{\"a\":\"" + std::string(5000, 'z') + "\"}");

  client.send(dynamo_request("plain", "Accept-Encoding: deflate, gzip;q=0.5\r\n"));
  RawReply reply = client.reply();
  EXPECT_EQ(reply.header("content-encoding"), "gzip");
  EXPECT_EQ(reply.header("x-amz-crc32"), crc_of(reply.body)) << "of the bytes as sent";
  std::string inflated;
  ASSERT_EQ(gzip.inflate(reply.body, 1000, inflated), Gzip::Inflated::kDone);
  EXPECT_EQ(inflated, "/|plain");

  for (const char* no : {"identity", "gzip;q=0", "gzip; q=0.0", "x-gzipped"}) {
    client.send(dynamo_request("plain", std::string("Accept-Encoding: ") + no + "\r\n"));
    EXPECT_EQ(client.reply().body, "/|plain") << no;
  }
}

TEST(DoorInline, ABodyOverTheLimitIsRefusedCountedInflated) {
  HttpServerOptions options;
  options.max_body = 100'000;
  DoorUnderTest door(options);
  Gzip gzip;
  std::string bomb;
  gzip.deflate(std::string(100'001, 'b'), bomb);
  RawClient inflated(door.port());
  inflated.send(dynamo_request(bomb, "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(inflated.reply().status, 413);
  gzip.deflate(std::string(100'000, 'b'), bomb);
  inflated.send(dynamo_request(bomb, "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(inflated.reply().status, 200) << "the connection lives, and the limit itself is allowed";

  RawClient declared(door.port());
  declared.send(dynamo_request(std::string(100'001, 'b')));
  RawReply reply = declared.reply();
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.header("connection"), "close");
  EXPECT_TRUE(declared.rest().has_value()) << "the door closes";

  RawClient chunked(door.port());
  chunked.send(
      "POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: DynamoDB_20120810.X\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n");
  EXPECT_EQ(chunked.reply().status, 413);
  EXPECT_EQ(door.handler.handled, 1);
}

TEST(DoorInline, BrokenGzipReachesTheHandlerAsItCame) {
  DoorUnderTest door;
  RawClient client(door.port());
  client.send(dynamo_request("not gzip", "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(client.reply().body, "/|not gzip");
}

TEST(DoorInline, ADroppedConnectionSendsNothingMore) {
  DoorUnderTest door(one_thread());
  door.handler.on_handle = [](WireRequest& request, WireReply& reply) {
    reply.body.assign(request.body.data(), request.body.size());
    reply.drop_connection = reply.body == "drop";
  };
  RawClient client(door.port());
  client.send(dynamo_request("one") + dynamo_request("drop") + dynamo_request("three"));
  EXPECT_EQ(client.reply().body, "one");
  EXPECT_EQ(client.rest(), "");
}

TEST(DoorInline, ASlowBodyComesSlowlyAndWhole) {
  DoorUnderTest door(one_thread());
  door.handler.on_handle = [](WireRequest&, WireReply& reply) {
    reply.body.assign(2000, 's');
    reply.body_bytes_per_second = 4000;
  };
  RawClient client(door.port());
  auto begin = std::chrono::steady_clock::now();
  client.send(dynamo_request("{}"));
  EXPECT_EQ(client.reply().body, std::string(2000, 's'));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(400));
}

TEST(DoorInline, ForeignPagesAreRefused) {
  HttpServerOptions options;
  options.allowed_hosts = {"db.example.test"};
  options.cors_origins = {"https://app.example.test"};
  DoorUnderTest door(options);
  auto status = [&](const std::string& host, const std::string& origin) {
    RawClient client(door.port());
    client.send("POST / HTTP/1.1\r\nHost: " + host + "\r\nX-Amz-Target: DynamoDB_20120810.X\r\n" +
                (origin.empty() ? "" : "Origin: " + origin + "\r\n") + "Content-Length: 2\r\n\r\n{}");
    return client.reply().status;
  };
  for (const char* host : {"127.0.0.1:8000", "[::1]:8000", "localhost", "dynamodb", "a.localhost:1",
                           "host.docker.internal:8000", "192.168.1.7", "db.example.test:8000", "LOCALHOST."})
    EXPECT_EQ(status(host, ""), 200) << host;
  for (const char* host :
       {"evil.test", "evil.test:8000", "127.0.0.1.evil.test", "localhost.evil.test", "notlocalhost.x"})
    EXPECT_EQ(status(host, ""), 403) << host;
  for (const char* origin :
       {"http://localhost:3000", "http://127.0.0.1", "https://app.example.test", "http://[::1]:5173"})
    EXPECT_EQ(status("localhost", origin), 200) << origin;
  for (const char* origin : {"https://evil.test", "null", "http://localhost.evil.test", "http://127.evil.0.1"})
    EXPECT_EQ(status("localhost", origin), 403) << origin;
  EXPECT_EQ(door.handler.handled, 13);
}

}  // namespace
}  // namespace stator::http
