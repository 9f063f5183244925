// The upstream client: bytes out and in, timeouts, broken peers, connections kept.
#include "emulator/gateway/handlers/url.h"
#include "handlers_fixture.h"
#include "raw_peer.h"

namespace stator::gateway {
namespace {

TEST(UpstreamUrl, TakenApartWithoutDecoding) {
  struct {
    const char* text;
    const char* host;
    const char* port;
    const char* target;
  } const cases[] = {{"http://h", "h", "80", "/"},
                     {"https://h?x=%2f", "h", "443", "/?x=%2f"},
                     {"http://h:81/a%20b/%E2?q=a+b&c#frag", "h", "81", "/a%20b/%E2?q=a+b&c"},
                     {"http://[::1]:8080/x", "::1", "8080", "/x"}};
  for (const auto& each : cases) {
    const auto url = Url::parse(each.text);
    ASSERT_TRUE(url) << each.text;
    EXPECT_EQ(url->host, each.host);
    EXPECT_EQ(url->port, each.port);
    EXPECT_EQ(url->target, each.target);
  }
  for (const char* bad : {"", "h", "ftp://h", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:8a",
                          "http://u:p@h/", "http://h/a b", "http://h/\r\nX: y", "http://[::1", "http://[::1]x"})
    EXPECT_FALSE(Url::parse(bad)) << bad;
}

class HttpClientTest : public HandlersTest {
 protected:
  UpstreamResult send(UpstreamRequest request) {
    auto done = std::make_shared<std::promise<UpstreamResult>>();
    handlers().upstream().send(std::move(request),
                               [done](UpstreamResult result) { done->set_value(std::move(result)); });
    auto future = done->get_future();
    if (future.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
      ADD_FAILURE() << "no result";
      return {};
    }
    return future.get();
  }
  static UpstreamRequest get(const std::string& url) {
    UpstreamRequest request;
    request.method = "GET";
    request.url = url;
    request.timeout = milliseconds(3000);
    return request;
  }
};

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(HttpClientTest, SendsAndReceivesBytesAsTheyAre) {
  RawServer server({"HTTP/1.1 418 Odd\r\nX-A: 1\r\nx-b:  a%2Fb \r\nX-A: 2\r\nContent-Length: 3\r\n\r\n" +
                    std::string("\x00\xff\x01", 3)});
  UpstreamRequest request = get(server.url("/a%2fb/%zz?x=%20+&y=ü"));
  request.method = "POST";
  request.headers = {{"X-One", "a%2Fb;c=d"},
                     {"cookie", "a=%20b"},
                     {"X-One", "again"},
                     {"Connection", "close"},
                     {"Content-Length", "9"}};
  request.body = "body";
  const UpstreamResult result = send(request);
  EXPECT_EQ(server.requests().at(0),
            "POST /a%2fb/%zz?x=%20+&y=ü HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port) +
                "\r\nX-One: a%2Fb;c=d\r\ncookie: a=%20b\r\nX-One: again\r\nContent-Length: 4\r\nConnection: "
                "keep-alive\r\n\r\nbody");
  EXPECT_EQ(result.status, 418);
  EXPECT_EQ(result.body, std::string("\x00\xff\x01", 3));
  const HeaderList wanted = {{"X-A", "1"}, {"X-A", "2"}, {"x-b", "a%2Fb"}, {"Content-Length", "3"}};
  EXPECT_EQ(result.headers, wanted);
}

TEST_F(HttpClientTest, AGivenHostIsKeptAndAValueCannotStartAHeader) {
  RawServer server({kOk});
  UpstreamRequest request = get(server.url());
  request.headers = {{"Host", "elsewhere.example"}, {"X-A", "a\r\nX-Evil: 1"}, {"Bad name", "x"}};
  EXPECT_EQ(send(request).body, "ok");
  EXPECT_EQ(server.requests().at(0),
            "GET / HTTP/1.1\r\nHost: elsewhere.example\r\nX-A: a  X-Evil: 1\r\nConnection: keep-alive\r\n\r\n");
}

TEST_F(HttpClientTest, KeepsConnectionsAndNoticesWhenTheyWereClosed) {
  RawServer server({kOk, kOk, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx", kOk});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(get(server.url())).fault, UpstreamFault::kNone);
  EXPECT_EQ(server.connections, 1);
  EXPECT_EQ(send(get(server.url())).body, "ok");
  EXPECT_EQ(server.connections, 2);
}

TEST_F(HttpClientTest, DechunksAndSkipsInterimAnswersAndHeadBodies) {
  RawServer server(
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
       "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"});
  EXPECT_EQ(send(get(server.url())).body, "abcde");
  UpstreamRequest head = get(server.url());
  head.method = "HEAD";
  EXPECT_EQ(send(head).status, 200);
  EXPECT_EQ(send(get(server.url())).status, 204);
  EXPECT_EQ(server.connections, 1);
}

TEST_F(HttpClientTest, EachFaultByItsName) {
  EXPECT_EQ(send(get("nonsense")).fault, UpstreamFault::kBadUrl);
  EXPECT_EQ(send(get("http://127.0.0.1:1/")).fault, UpstreamFault::kUnreachable);
  EXPECT_EQ(send(get("https://127.0.0.1:1/")).fault, UpstreamFault::kUnreachable);
  RawServer silent({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"});
  UpstreamRequest quick = get(silent.url());
  quick.timeout = milliseconds(150);
  const auto began = steady_clock::now();
  EXPECT_EQ(send(quick).fault, UpstreamFault::kTimeout);
  EXPECT_LT(steady_clock::now() - began, milliseconds(1500));
  RawServer closing({""});
  EXPECT_EQ(send(get(closing.url())).fault, UpstreamFault::kMalformed);
  RawServer garbage({"this is not HTTP\r\n\r\n Connection: close"});
  EXPECT_EQ(send(get(garbage.url())).fault, UpstreamFault::kMalformed);
  RawServer cut({"HTTP/1.1 200 OK\r\nX: Connection: close\r\nContent-Length: 10\r\n\r\nhalf"});
  EXPECT_EQ(send(get(cut.url())).fault, UpstreamFault::kMalformed);
  RawServer large({"HTTP/1.1 200 OK\r\nContent-Length: 10485761\r\n\r\n"});
  EXPECT_EQ(send(get(large.url())).fault, UpstreamFault::kTooLarge);
}

TEST_F(HttpClientTest, AClientThatLeavesStopsTheExchange) {
  RawServer silent({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"});
  std::stop_source client;
  UpstreamRequest request = get(silent.url());
  request.client_gone = client.get_token();
  std::thread leaver([&] {
    std::this_thread::sleep_for(milliseconds(50));
    client.request_stop();
  });
  EXPECT_EQ(send(request).fault, UpstreamFault::kCancelled);
  leaver.join();
}

}  // namespace
}  // namespace stator::gateway
