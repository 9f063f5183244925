// Opening, holding many, timing out, stopping; TLS; and a client that we did not write.
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <thread>

#include "door_under_test.h"

namespace stator::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST(DoorLifecycle, ATakenPortIsToldInASentence) {
  DoorUnderTest door;
  HttpServerOptions options;
  options.port = door.port();
  EchoInline handler;
  try {
    HttpServer second(options, handler, [](std::shared_ptr<Exchange>) {});
    FAIL() << "two servers on one port";
  } catch (const ListenError& error) {
    EXPECT_NE(std::string(error.what()).find("port " + std::to_string(door.port()) + ": another program has that port"),
              std::string::npos)
        << error.what();
  }
  options.port = 0;
  options.hosts = {"no.such.name.invalid"};
  EXPECT_THROW(HttpServer(options, handler, [](std::shared_ptr<Exchange>) {}), ListenError);
  options.hosts = {"192.0.2.1"};
  EXPECT_THROW(HttpServer(options, handler, [](std::shared_ptr<Exchange>) {}), ListenError);
}

TEST(DoorLifecycle, EndpointsNameEachAddress) {
  HttpServerOptions options;
  options.hosts = {"127.0.0.1", "127.0.0.2"};
  DoorUnderTest door(options);
  std::string port = std::to_string(door.port());
  EXPECT_EQ(door.server->endpoints(),
            (std::vector<std::string>{"http://127.0.0.1:" + port, "http://127.0.0.2:" + port}));
  RawClient client(door.port(), "127.0.0.2");
  client.send(dynamo_request("x"));
  EXPECT_EQ(client.reply().body, "/|x");
}

TEST(DoorLifecycle, AThousandConnectionsOpenAtOnceAndCostNothingIdle) {
  DoorUnderTest door;
  auto begin = Clock::now();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(std::make_unique<RawClient>(door.port()));
    ASSERT_TRUE(clients.back()->connected()) << i;
  }
  for (auto& client : clients) client->send(dynamo_request("x"));
  for (auto& client : clients) ASSERT_EQ(client->reply().body, "/|x");
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(Clock::now() - begin, 10s);
#else
  EXPECT_LT(Clock::now() - begin, 1s);
#endif
  double before = cpu_seconds();
  std::this_thread::sleep_for(300ms);
  EXPECT_LT(cpu_seconds() - before, 0.02 * 0.3) << "2 % of a core";
  RawClient late(door.port());
  late.send(dynamo_request("late"));
  EXPECT_EQ(late.reply().body, "/|late") << "idle connections starve no new one";
}

TEST(DoorLifecycle, OneClientThatDoesNotReadStopsNoOther) {
  DoorUnderTest door(one_thread());
  door.handler.on_handle = [](WireRequest& request, WireReply& reply) {
    reply.body.assign(request.body.size() == 3 ? 8'000'000 : 1, 'p');
  };
  RawClient slow(door.port(), "127.0.0.1", 4096);
  std::string pages;
  for (int i = 0; i < 20; ++i) pages += dynamo_request("big");
  slow.send(pages);
  RawClient other(door.port());
  for (int i = 0; i < 100; ++i) {
    other.send(dynamo_request("x"));
    ASSERT_EQ(other.reply().body, "p");
  }
  EXPECT_LE(door.handler.handled, 100 + 3) << "no page is made while one before it is unsent, but for a batch";
  for (int i = 0; i < 20; ++i) ASSERT_EQ(slow.reply().body.size(), 8'000'000u) << i;
}

TEST(DoorLifecycle, SlowSendersAreTimedOut) {
  HttpServerOptions options = one_thread();
  options.request_timeout = 200ms;
  DoorUnderTest door(options);
  RawClient head(door.port());
  head.send("POST / HTTP/1.1\r\nHost:");
  RawClient body(door.port());
  body.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc");
  RawClient chunks(door.port());
  chunks.send("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  RawClient trickle(door.port());
  auto begin = Clock::now();
  for (RawClient* client : {&head, &body, &chunks}) {
    RawReply reply = client->reply(false, 3);
    EXPECT_EQ(reply.status, 408);
    EXPECT_EQ(client->rest(), "");
  }
  EXPECT_GE(Clock::now() - begin, 150ms);
  // A byte now and then does not help.
  begin = Clock::now();
  for (int i = 0; i < 100 && Clock::now() - begin < 3s; ++i) {
    trickle.send("A");
    if (auto bytes = trickle.receive(0.02)) {
      EXPECT_TRUE(bytes->starts_with("HTTP/1.1 408"));
      break;
    }
  }
  EXPECT_LT(Clock::now() - begin, 1s);
  RawClient fine(door.port());
  fine.send(dynamo_request("x"));
  EXPECT_EQ(fine.reply().status, 200);
}

TEST(DoorLifecycle, IdleConnectionsCloseAfterTheirTimeAndNotBefore) {
  HttpServerOptions options = one_thread();
  options.idle_timeout = 150ms;
  options.request_timeout = 50ms;
  DoorUnderTest door(options);
  RawClient client(door.port());
  for (int i = 0; i < 3; ++i) {
    client.send(dynamo_request("x"));
    EXPECT_EQ(client.reply().status, 200);
    std::this_thread::sleep_for(80ms);
  }
  EXPECT_EQ(client.rest(3), "");
}

TEST(DoorLifecycle, StopAnswersWhatIsUnderWayAndClosesTheRest) {
  std::promise<std::shared_ptr<Exchange>> arrived;
  DoorUnderTest door({}, [&](std::shared_ptr<Exchange> exchange) { arrived.set_value(std::move(exchange)); });
  RawClient idle(door.port());
  RawClient half(door.port());
  half.send("POST / HTTP/1.1\r\n");
  RawClient busy(door.port());
  busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  auto exchange = arrived.get_future().get();
  std::thread answer([&] {
    std::this_thread::sleep_for(100ms);
    WireReply reply;
    reply.body = "finished";
    exchange->reply(std::move(reply));
  });
  auto begin = Clock::now();
  door.server->stop(5s);
  EXPECT_LT(Clock::now() - begin, 2s);
  answer.join();
  RawReply reply = busy.reply();
  EXPECT_EQ(reply.body, "finished");
  EXPECT_EQ(reply.header("connection"), "close");
  EXPECT_EQ(idle.rest(), "");
  half.rest();
  EXPECT_FALSE(RawClient(door.port()).connected());
}

TEST(DoorLifecycle, StopDoesNotWaitForeverForAHandler) {
  std::shared_ptr<Exchange> kept;
  std::atomic<bool> gone{false};
  std::promise<void> arrived;
  DoorUnderTest door({}, [&](std::shared_ptr<Exchange> exchange) {
    kept = exchange;
    exchange->on_gone([&] { gone = true; });
    arrived.set_value();
  });
  RawClient client(door.port());
  client.send("GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
  arrived.get_future().wait();
  auto begin = Clock::now();
  door.server->stop(200ms);
  EXPECT_GE(Clock::now() - begin, 150ms);
  EXPECT_LT(Clock::now() - begin, 2s);
  EXPECT_TRUE(gone);
  kept.reset();
}

TEST(DoorLifecycle, DescriptorsCloseOnExec) {
  DoorUnderTest door;
  RawClient client(door.port());
  client.send(dynamo_request("x"));
  client.reply();
  FILE* child = ::popen("ls -l /proc/self/fd | grep -c -e socket: -e eventpoll -e eventfd", "r");
  ASSERT_TRUE(child);
  char count[16] = "";
  ASSERT_TRUE(std::fgets(count, sizeof count, child));
  ::pclose(child);
  EXPECT_STREQ(count, "0\n");
}

TEST(DoorLifecycle, TheDateIsTheClocks) {
  HttpServerOptions options;
  options.wall_clock = [] { return int64_t{784111777}; };
  DoorUnderTest door(options);
  RawClient client(door.port());
  client.send(dynamo_request("x"));
  EXPECT_EQ(client.reply().header("date"), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(DoorTls, ServesASelfSignedCertificateThatNamesLoopback) {
  HttpServerOptions options;
  options.tls.self_signed = true;
  DoorUnderTest door(options);
  EXPECT_TRUE(door.server->endpoints()[0].starts_with("https://127.0.0.1:"));
  door.handler.on_handle = [](WireRequest& request, WireReply& reply) {
    reply.body = (request.tls ? "tls " : "plain ") + std::to_string(request.body.size());
    if (request.body.size() > 100'000) reply.body.append(3'000'000, 'z');
  };
  httplib::SSLClient client("127.0.0.1", door.port());
  client.enable_server_certificate_verification(false);
  client.set_keep_alive(true);
  for (size_t size : {size_t{10}, size_t{2'000'000}, size_t{0}}) {
    auto answer = client.Post("/", {{"X-Amz-Target", "DynamoDB_20120810.X"}}, std::string(size, 'x'),
                              "application/x-amz-json-1.0");
    ASSERT_TRUE(answer) << httplib::to_string(answer.error());
    EXPECT_TRUE(answer->body.starts_with("tls " + std::to_string(size)));
    if (size > 100'000) {
      EXPECT_EQ(answer->body.size(), 3'000'000 + std::string("tls 2000000").size());
    }
  }
  RawClient plain(door.port());
  plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(plain.reply(false, 3).complete) << "no plain text on a TLS port";
}

TEST(DoorTls, StandsBesidePlainTextWhenAskedTo) {
  HttpServerOptions options;
  options.tls.self_signed = options.tls.beside_plain = true;
  options.tls.names = {"*.execute-api.us-east-1.localhost"};
  DoorUnderTest door(options);
  EXPECT_TRUE(door.server->endpoints()[0].starts_with("http://127.0.0.1:"));
  EXPECT_TRUE(door.server->certificate().starts_with("-----BEGIN CERTIFICATE-----"));
  door.handler.on_handle = [](WireRequest& request, WireReply& reply) { reply.body = request.tls ? "tls" : "plain"; };
  const std::string file = ::testing::TempDir() + "/stator-door-" + std::to_string(::getpid()) + ".pem";
  std::ofstream(file) << door.server->certificate();
  httplib::SSLClient client("localhost", door.port());
  client.set_ca_cert_path(file.c_str());
  client.enable_server_certificate_verification(true);
  auto answer = client.Post("/", {{"X-Amz-Target", "DynamoDB_20120810.X"}}, "{}", "application/x-amz-json-1.0");
  ::unlink(file.c_str());
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->body, "tls");
  RawClient plain(door.port());
  for (int i = 0; i < 2; ++i) {
    plain.send(dynamo_request("x"));
    EXPECT_EQ(plain.reply().body, "plain");
  }
  // Neither: what is no handshake behind its first byte is cut off.
  RawClient neither(door.port());
  neither.send(std::string("\x16") + std::string(100, 'x'));
  EXPECT_FALSE(neither.reply(false, 3).complete);
}

TEST(DoorTls, UsesFilesAndNamesTheFileAtFault) {
  EchoInline handler;
  HttpServerOptions options;
  options.tls.certificate_file = "/nonexistent/cert.pem";
  options.tls.key_file = "/nonexistent/key.pem";
  try {
    HttpServer server(options, handler, [](std::shared_ptr<Exchange>) {});
    FAIL();
  } catch (const ListenError& error) {
    EXPECT_NE(std::string(error.what()).find("/nonexistent/cert.pem"), std::string::npos) << error.what();
  }
  options.tls.key_file.clear();
  EXPECT_THROW(HttpServer(options, handler, [](std::shared_ptr<Exchange>) {}), ListenError);
}

TEST(DoorInterop, HttplibsClientFindsNothingWrong) {
  DoorUnderTest door({}, [](std::shared_ptr<Exchange> exchange) {
    exchange->begin({});
    for (int i = 0; i < 10; ++i) exchange->write(std::string(1000, static_cast<char>('0' + i)));
    exchange->end();
  });
  httplib::Client client("127.0.0.1", door.port());
  client.set_keep_alive(true);
  for (int i = 0; i < 10; ++i) {
    auto stream = client.Get("/stream");
    ASSERT_TRUE(stream) << httplib::to_string(stream.error());
    EXPECT_EQ(stream->body.size(), 10'000u);
    client.set_compress(i % 2 == 0);
    client.set_decompress(true);
    auto answer = client.Post("/", {{"X-Amz-Target", "DynamoDB_20120810.X"}, {"Accept-Encoding", "gzip"}},
                              std::string(500, 'q'), "text/plain");
    ASSERT_TRUE(answer) << httplib::to_string(answer.error());
    EXPECT_EQ(answer->body, "/|" + std::string(500, 'q'));
  }
}

}  // namespace
}  // namespace stator::http
