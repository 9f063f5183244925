// Requests that are answered later, from other threads, in pieces, or not at all; and connections that leave HTTP.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "door_under_test.h"

namespace stator::http {
namespace {

using namespace std::chrono_literals;

// Hands an open exchange from the door's thread to the test's.
class Hand {
 public:
  ExchangeHandler handler() {
    return [this](std::shared_ptr<Exchange> exchange) {
      std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(exchange));
      arrived_.notify_all();
    };
  }
  std::shared_ptr<Exchange> take() {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, 10s, [&] { return !waiting_.empty(); })) return nullptr;
    auto exchange = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return exchange;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::shared_ptr<Exchange>> waiting_;
};

// A flag that one thread sets and another waits for.
class Signal {
 public:
  void set() {
    std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  bool wait(std::chrono::milliseconds time = 10s) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [&] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

TEST(DoorExchange, GivesTheRequestExactlyAsSent) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  RawClient client(door.port());
  client.send(
      "PATCH /a%2Fb//c/../%zz?q=%20+&&x HTTP/1.1\r\nHost: example.test\r\nCookie: a=%41%2B; b=\"c\"\r\n"
      "X-Twice: 1\r\nx-twice:  2 \r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhello");
  auto exchange = hand.take();
  ASSERT_TRUE(exchange);
  WireRequest& request = exchange->request();
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.target, "/a%2Fb//c/../%zz?q=%20+&&x");
  EXPECT_EQ(request.header("cookie"), "a=%41%2B; b=\"c\"");
  EXPECT_EQ(request.header("x-empty"), "");
  EXPECT_EQ(request.header("x-absent"), std::nullopt);
  ASSERT_EQ(request.headers.size(), 6u);
  EXPECT_EQ(request.headers[2].name, "X-Twice");
  EXPECT_EQ(request.headers[3].name, "x-twice");
  EXPECT_EQ(request.headers[3].value, "2");
  EXPECT_EQ(std::string_view(request.body.data(), request.body.size()), "hello");
  EXPECT_EQ(request.body.data()[5], '\0');
  EXPECT_EQ(request.remote_address, "127.0.0.1");
  EXPECT_FALSE(request.tls);
  WireReply reply;
  reply.status = 207;
  reply.headers = {{"Set-Cookie", "a=%41"},  {"Set-Cookie", "b"}, {"Connection", "upgrade"},
                   {"Content-Length", "99"}, {"bad name", "x"},   {"X-Split", "a\r\nInjected: b"}};
  reply.body = "answer";
  exchange->reply(std::move(reply));
  RawReply got = client.reply();
  EXPECT_EQ(got.status, 207);
  EXPECT_EQ(got.body, "answer");
  EXPECT_EQ(got.count("set-cookie"), 2u);
  EXPECT_EQ(got.header("connection"), "keep-alive");
  EXPECT_EQ(got.count("content-length"), 1u);
  EXPECT_EQ(got.header("x-split"), "a  Injected: b");
  EXPECT_EQ(got.count("bad name"), 0u);
  EXPECT_EQ(got.count("x-amz-crc32"), 0u);
}

TEST(DoorExchange, TrailersOfAChunkedBodyArrive) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  RawClient client(door.port());
  client.send(
      "POST /response HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: "
      "Lambda-Runtime-Function-Error-Type\r\n\r\n"
      "A\r\n0123456789\r\n");
  client.send(
      "5;q=\"a\"\r\nabcde\r\n0\r\nLambda-Runtime-Function-Error-Type: Unhandled\r\nX: y\r\n\r\nGET /next "
      "HTTP/1.1\r\nHost: h\r\n\r\n");
  auto exchange = hand.take();
  ASSERT_TRUE(exchange);
  WireRequest& request = exchange->request();
  EXPECT_EQ(std::string_view(request.body.data(), request.body.size()), "0123456789abcde");
  ASSERT_EQ(request.trailers.size(), 2u);
  EXPECT_EQ(request.trailers[0].name, "Lambda-Runtime-Function-Error-Type");
  EXPECT_EQ(request.trailers[0].value, "Unhandled");
  EXPECT_EQ(request.header("x"), std::nullopt) << "a trailer is no header";
  exchange->reply({});
  EXPECT_EQ(client.reply().status, 200);
  auto next = hand.take();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->request().target, "/next");
  EXPECT_TRUE(next->request().trailers.empty());
}

TEST(DoorExchange, LargeBodiesAndTheRequestBehindThem) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  RawClient client(door.port());
  std::string body(300'000, 'b');
  client.send("PUT /large HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + body +
              "GET /small HTTP/1.1\r\nHost: h\r\n\r\n");
  auto large = hand.take();
  ASSERT_TRUE(large);
  EXPECT_EQ(std::string_view(large->request().body.data(), large->request().body.size()), body);
  EXPECT_EQ(large->request().target, "/large");
  large->reply({});
  auto small = hand.take();
  ASSERT_TRUE(small);
  EXPECT_EQ(small->request().target, "/small");
  EXPECT_EQ(large->request().target, "/large") << "valid for the life of the exchange";
}

TEST(DoorExchange, OneThatWaitsStopsNoOther) {
  Hand hand;
  DoorUnderTest door(one_thread(), hand.handler());
  RawClient waiting(door.port());
  waiting.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  auto exchange = hand.take();
  RawClient other(door.port());
  for (int i = 0; i < 100; ++i) {
    other.send(dynamo_request("x"));
    ASSERT_EQ(other.reply().body, "/|x");
  }
  std::thread([&] { exchange->reply({}); }).join();
  EXPECT_EQ(waiting.reply().status, 200);
}

TEST(DoorExchange, StreamsInPieces) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  RawClient client(door.port());
  client.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  auto exchange = hand.take();
  WireReply head;
  head.headers = {{"Content-Type", "text/event-stream"}};
  exchange->begin(head);
  auto first = client.receive();
  ASSERT_TRUE(first);
  EXPECT_NE(first->find("Transfer-Encoding: chunked\r\n"), std::string::npos) << "the head leaves at once";
  EXPECT_TRUE(exchange->write("one"));
  EXPECT_EQ(client.receive(), "3\r\none\r\n");
  EXPECT_TRUE(exchange->write(std::string(5000, 'x')));
  exchange->end();
  EXPECT_FALSE(exchange->write("late"));
  std::string rest;
  while (rest.size() < 6 + 5000 + 2 + 5) rest += client.receive().value_or("");
  EXPECT_EQ(rest, "1388\r\n" + std::string(5000, 'x') + "\r\n0\r\n\r\n");
  client.send("GET /again HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(hand.take()) << "the connection lives on";
}

TEST(DoorExchange, StreamsByContentLengthAndToOldClients) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  RawClient sized(door.port());
  sized.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto exchange = hand.take();
  WireReply head;
  head.headers = {{"Content-Length", "6"}};
  exchange->begin(head);
  exchange->write("abc");
  exchange->write("def");
  exchange->end();
  RawReply reply = sized.reply();
  EXPECT_EQ(reply.count("transfer-encoding"), 0u);
  EXPECT_EQ(reply.body, "abcdef");

  RawClient old(door.port());
  old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  exchange = hand.take();
  exchange->begin({});
  exchange->write("abc");
  exchange->end();
  reply = old.reply();
  EXPECT_EQ(reply.count("transfer-encoding"), 0u);
  EXPECT_EQ(reply.header("connection"), "close");
  EXPECT_EQ(reply.body, "abc");
}

TEST(DoorExchange, AnswersToHeadHaveNoBody) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  RawClient client(door.port());
  for (bool stream : {false, true}) {
    client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    auto exchange = hand.take();
    WireReply reply;
    if (stream) {
      exchange->begin({});
      exchange->write("abc");
      exchange->end();
    } else {
      reply.body = "abc";
      exchange->reply(reply);
    }
    RawReply got = client.reply(true);
    EXPECT_EQ(got.status, 200);
    if (!stream) {
      EXPECT_EQ(got.header("content-length"), "3");
    }
  }
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  WireReply nothing;
  nothing.status = 204;
  hand.take()->reply(nothing);
  RawReply got = client.reply();
  EXPECT_EQ(got.status, 204);
  EXPECT_EQ(got.count("content-length"), 0u);
}

TEST(DoorExchange, AbortAndDroppingCutTheConnection) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  RawClient aborted(door.port());
  aborted.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto exchange = hand.take();
  exchange->begin({});
  exchange->write("half");
  exchange->abort();
  RawReply reply = aborted.reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_FALSE(reply.complete);

  RawClient dropped(door.port());
  dropped.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  exchange = hand.take();
  exchange.reset();
  EXPECT_EQ(dropped.rest(), "");
}

TEST(DoorExchange, TellsWhenTheClientLeaves) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  for (bool streaming : {false, true}) {
    auto client = std::make_unique<RawClient>(door.port());
    client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    auto exchange = hand.take();
    if (streaming) exchange->begin({});
    Signal gone;
    exchange->on_gone([&] { gone.set(); });
    client.reset();
    EXPECT_TRUE(gone.wait());
    EXPECT_FALSE(exchange->write("x"));
    exchange->reply({});
  }
}

TEST(DoorExchange, OnGoneStaysSilentOnceAnswered) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  std::atomic<int> called{0};
  {
    RawClient client(door.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    auto exchange = hand.take();
    exchange->on_gone([&] { ++called; });
    exchange->reply({});
    EXPECT_EQ(client.reply().status, 200);
  }
  door.server->stop(1s);
  EXPECT_EQ(called, 0);
}

TEST(DoorExchange, AClientThatOnlyShutItsSideStillGetsItsAnswer) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  RawClient client(door.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.finish_sending();
  auto exchange = hand.take();
  WireReply reply;
  reply.body = "still here";
  exchange->reply(reply);
  EXPECT_EQ(client.reply().body, "still here");

  RawClient inline_client(door.port());
  inline_client.send(dynamo_request("x"));
  inline_client.finish_sending();
  EXPECT_EQ(inline_client.reply().body, "/|x");
  EXPECT_EQ(inline_client.rest(), "");
}

TEST(DoorExchange, ASlowReaderIsReportedAndStopsNoOther) {
  Hand hand;
  DoorUnderTest door(one_thread(), hand.handler());
  RawClient slow(door.port(), "127.0.0.1", 4096);
  slow.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto exchange = hand.take();
  exchange->begin({});
  constexpr size_t kPiece = 1 << 20;
  constexpr int kPieces = 16;
  for (int i = 0; i < kPieces; ++i) ASSERT_TRUE(exchange->write(std::string(kPiece, static_cast<char>('a' + i))));
  EXPECT_GT(exchange->unsent_bytes(), kPiece);
  Signal drained;
  exchange->when_drained([&] { drained.set(); });
  RawClient other(door.port());
  for (int i = 0; i < 50; ++i) {
    other.send(dynamo_request("x"));
    ASSERT_EQ(other.reply().body, "/|x");
  }
  EXPECT_FALSE(drained.wait(50ms));
  exchange->end();
  RawReply reply = slow.reply();
  ASSERT_EQ(reply.body.size(), kPiece * kPieces);
  for (int i = 0; i < kPieces; ++i) EXPECT_EQ(reply.body[static_cast<size_t>(i) * kPiece], static_cast<char>('a' + i));
  EXPECT_TRUE(drained.wait());
  EXPECT_EQ(exchange->unsent_bytes(), 0u);
}

TEST(DoorExchange, ATakenOverConnectionCarriesBytesBothWays) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  RawClient client(door.port());
  client.send("GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly");
  auto exchange = hand.take();
  ASSERT_TRUE(exchange);
  EXPECT_EQ(exchange->request().header("upgrade"), "websocket");
  auto raw = exchange->take_over();
  raw->send("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  std::mutex mutex;
  std::string got;
  Signal all, closed;
  raw->start(
      [&](std::string_view bytes) {
        std::lock_guard lock(mutex);
        got.append(bytes);
        if (got == "early-late") all.set();
      },
      [&] { closed.set(); });
  EXPECT_EQ(client.reply().status, 101);
  client.send("-late");
  EXPECT_TRUE(all.wait());
  exchange.reset();  // dropping the answered exchange changes nothing
  raw->send("frame");
  EXPECT_EQ(client.receive(), "frame");
  raw->send("last words");
  raw->close();
  raw->send("ignored");
  EXPECT_EQ(client.rest(), "last words");
  EXPECT_TRUE(closed.wait());
}

TEST(DoorExchange, ARawPeerThatLeavesIsTold) {
  Hand hand;
  DoorUnderTest door({}, hand.handler());
  Signal closed;
  std::shared_ptr<RawConnection> raw;
  {
    RawClient client(door.port());
    client.send("GET /ws HTTP/1.1\r\nHost: h\r\n\r\n");
    raw = hand.take()->take_over();
    raw->start([](std::string_view) {}, [&] { closed.set(); });
  }
  EXPECT_TRUE(closed.wait());
  raw->send("x");
  EXPECT_EQ(raw->unsent_bytes(), 0u);
}

TEST(DoorExchange, HandlesOutliveTheServer) {
  Hand hand;
  std::shared_ptr<Exchange> exchange;
  std::shared_ptr<RawConnection> raw;
  RawReply reply;
  {
    DoorUnderTest door({}, hand.handler());
    RawClient open(door.port());
    open.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    exchange = hand.take();
    RawClient upgraded(door.port());
    upgraded.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    raw = hand.take()->take_over();
    raw->start([](std::string_view) {}, nullptr);
  }
  EXPECT_EQ(exchange->request().method, "GET");
  exchange->reply({});
  raw->send("x");
  raw->close();
}

TEST(DoorExchange, AnHandlerThatThrowsClosesOnlyItsConnection) {
  DoorUnderTest door({}, [](std::shared_ptr<Exchange>) { throw std::runtime_error("a bug"); });
  RawClient client(door.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.rest(), "");
  RawClient other(door.port());
  other.send(dynamo_request("x"));
  EXPECT_EQ(other.reply().body, "/|x");
}

}  // namespace
}  // namespace stator::http
