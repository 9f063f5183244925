// Functions behind URLs: an Invoke elsewhere, and a plain web server that knows no Lambda.
#include "emulator/gateway/handlers/url_functions.h"

#include "handlers_fixture.h"
#include "raw_peer.h"

namespace stator::gateway {
namespace {

constexpr const char* kEvent2 =
    R"({"version":"2.0","rawPath":"/a b/ü","rawQueryString":"x=1&y=%20","cookies":["a=1","b=2"],)"
    R"("headers":{"x-one":"1","host":"api","content-length":"4"},"requestContext":{"http":{"method":"PUT"}},"body":"Ym9keQ==","isBase64Encoded":true})";
constexpr const char* kEvent1 =
    R"({"httpMethod":"GET","path":"/p","multiValueHeaders":{"X-Two":["1","2"]},"headers":{"X-Two":"2"},)"
    R"("multiValueQueryStringParameters":{"q":["a b","&"]},"requestContext":{},"body":null})";

TEST(HttpFunctionRequest, IsTheOneTheEventWasMadeFrom) {
  const auto two = request_of_event(kEvent2, "http://h/base/");
  ASSERT_TRUE(two);
  EXPECT_TRUE(two->version_2);
  EXPECT_EQ(two->request.method, "PUT");
  EXPECT_EQ(two->request.url, "http://h/base/a%20b/%C3%BC?x=1&y=%20");
  EXPECT_EQ(two->request.body, "body");
  const HeaderList wanted = {{"x-one", "1"}, {"Cookie", "a=1; b=2"}};
  EXPECT_EQ(two->request.headers, wanted);

  const auto one = request_of_event(kEvent1, "http://h");
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->version_2);
  EXPECT_EQ(one->request.url, "http://h/p?q=a%20b&q=%26");
  const HeaderList twice = {{"X-Two", "1"}, {"X-Two", "2"}};
  EXPECT_EQ(one->request.headers, twice);

  for (const char* other :
       {"", "[]", "{}", "nonsense", R"({"requestContext":{}})", R"({"requestContext":5,"httpMethod":"GET"})"})
    EXPECT_EQ(request_of_event(other, "http://h").has_value(),
              std::string(other).find("httpMethod") != std::string::npos)
        << other;
}

TEST(HttpFunctionResult, IsAProxyResultOfTheSameVersion) {
  UpstreamResult answer;
  answer.status = 201;
  answer.headers = {
      {"X-A", "1"}, {"Set-Cookie", "a=1"}, {"x-a", "2"}, {"Set-Cookie", "b=2"}, {"Transfer-Encoding", "chunked"}};
  answer.body = "text";
  EXPECT_EQ(
      result_of_answer(answer, true),
      R"({"statusCode":201,"headers":{"x-a":"1,2"},"cookies":["a=1","b=2"],"isBase64Encoded":false,"body":"text"})");
  EXPECT_EQ(result_of_answer(answer, false),
            R"({"statusCode":201,"multiValueHeaders":{"X-A":["1","2"],"Set-Cookie":["a=1","b=2"]},)"
            R"("isBase64Encoded":false,"body":"text"})");
  answer.body = "\xff\x00";
  answer.headers = {{"X-Bad", "\xff"}};
  EXPECT_EQ(result_of_answer(answer, true),
            R"({"statusCode":201,"headers":{},"cookies":[],"isBase64Encoded":true,"body":"/w=="})");
}

class UrlFunctionTest : public HandlersTest {};

TEST_F(UrlFunctionTest, InvokeUrlPostsTheEvent) {
  RawServer server({"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{1}",
                    "HTTP/1.1 200 OK\r\nX-Amz-Function-Error: Unhandled\r\nContent-Length: 2\r\n\r\n{}",
                    "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"});
  FunctionConfig made = config(FunctionKind::kInvokeUrl);
  made.url = server.url("/2015-03-31/functions/function/invocations");
  const auto function = add(made);
  const InvocationResult first = invoke(*function, "{\"e\":1}", [](Invocation& call) { call.client_context = "{}"; });
  EXPECT_EQ(first.fault, FunctionFault::kNone);
  EXPECT_EQ(first.payload, "{1}");
  const std::string sent = server.requests().at(0);
  EXPECT_EQ(sent.find("POST /2015-03-31/functions/function/invocations HTTP/1.1\r\n"), 0u);
  EXPECT_NE(sent.find("X-Amz-Client-Context: e30=\r\n"), std::string::npos);
  EXPECT_NE(sent.find("\r\n\r\n{\"e\":1}"), std::string::npos);
  EXPECT_EQ(invoke(*function, "{}").fault, FunctionFault::kFunctionError);
  EXPECT_EQ(invoke(*function, "{}").fault, FunctionFault::kUnreachable);
}

TEST_F(UrlFunctionTest, AWebServerIsAFunction) {
  RawServer server({"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nnone"});
  FunctionConfig made = config(FunctionKind::kHttp);
  made.url = server.url("");
  EXPECT_EQ(
      invoke(*add(made), kEvent2).payload,
      R"({"statusCode":404,"headers":{"content-type":"text/html"},"cookies":[],"isBase64Encoded":false,"body":"none"})");
  EXPECT_EQ(server.requests().at(0).find("PUT /a%20b/%C3%BC?x=1&y=%20 HTTP/1.1\r\n"), 0u);
  made.url = "http://127.0.0.1:1";
  EXPECT_EQ(invoke(*add(made), kEvent2).fault, FunctionFault::kUnreachable);
}

}  // namespace
}  // namespace stator::gateway
