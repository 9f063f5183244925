// Fixed requests to the dispatcher, in process and in memory, for callgrind to count the instructions of: unlike times,
// those do not drift from run to run. Only counted_requests() is counted (--toggle-collect), after a warm-up that
// prepares statements and caches.
//   bench_fixed_requests            names the requests
//   bench_fixed_requests NAME N     sends one of them N times
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/dispatcher.h"
#include "emulator/engine.h"

namespace {

using namespace stator;

class StoppedClock : public Clock {
 public:
  int64_t now_ms() const override { return 1'700'000'000'000; }
};

std::string key(int i) {
  return R"({"pk":{"S":"user#)" + std::to_string(10000 + i) + R"("}})";
}

std::string item(int i) {
  std::string text = R"({"pk":{"S":"user#)" + std::to_string(10000 + i) + R"("},"age":{"N":")" +
                     std::to_string(20 + i % 60) +
                     R"("},"name":{"S":"Person"},"active":{"BOOL":true},"tags":{"SS":["a","b","c"]},)"
                     R"("address":{"M":{"city":{"S":"Springfield"},"zip":{"S":"12345"}}},"notes":{"S":")";
  return text + std::string(700, 'n') + R"("}})";
}

std::string row(int i) {
  std::string number = std::to_string(100000 + i);
  return R"({"pk":{"S":"page"},"sk":{"S":")" + number + R"("},"kind":{"N":")" + std::to_string(i % 100) +
         R"("},"pad":{"S":")" + std::string(200, 'p') + R"("}})";
}

std::string batch(const std::string& table, int first, const std::function<std::string(int)>& make) {
  std::string body = R"({"RequestItems":{")" + table + R"(":[)";
  for (int i = 0; i < 25; ++i)
    body += (i ? R"(,{"PutRequest":{"Item":)" : R"({"PutRequest":{"Item":)") + make(first + i) + "}}";
  return body + "]}}";
}

const std::vector<std::pair<std::string, std::pair<std::string, std::string>>>& requests() {
  static const std::vector<std::pair<std::string, std::pair<std::string, std::string>>> all = {
      {"GetItem", {"GetItem", R"({"TableName":"items","Key":)" + key(77) + "}"}},
      {"PutItem", {"PutItem", R"({"TableName":"items","Item":)" + item(77) + "}"}},
      {"UpdateItem",
       {"UpdateItem", R"({"TableName":"items","Key":)" + key(78) +
                          R"(,"UpdateExpression":"ADD visits :one","ExpressionAttributeValues":{":one":{"N":"1"}}})"}},
      {"conditional-PutItem",
       {"PutItem",
        R"({"TableName":"items","Item":)" + item(79) +
            R"(,"ConditionExpression":"attribute_not_exists(pk) OR #a < :x","ExpressionAttributeNames":{"#a":"age"},)"
            R"("ExpressionAttributeValues":{":x":{"N":"1000"}}})"}},
      {"DeleteItem", {"DeleteItem", R"({"TableName":"items","Key":)" + key(5000) + "}"}},
      {"Query-50",
       {"Query", R"({"TableName":"rows","Limit":50,"KeyConditionExpression":"pk = :p",)"
                 R"("ExpressionAttributeValues":{":p":{"S":"page"}}})"}},
      {"Scan-filter",
       {"Scan", R"({"TableName":"rows","FilterExpression":"kind = :k","ExpressionAttributeValues":{":k":{"N":"7"}}})"}},
      {"BatchWriteItem-25", {"BatchWriteItem", batch("items", 200, item)}},
  };
  return all;
}

class Server {
 public:
  Server() : engine_(persistence::open_stores({}), clock_, {}), dispatcher_(engine_) {}

  void send(const std::string& operation, const std::string& body) {
    body_ = body;  // parsed in place, so each time from a fresh copy
    target_ = "DynamoDB_20120810." + operation;
    request_.method = "POST";
    request_.target = "/";
    request_.headers = {
        {"X-Amz-Target", target_},
        {"Content-Type", "application/x-amz-json-1.0"},
        {"X-Amz-Date", "20260101T000000Z"},
        {"Authorization",
         "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, "
         "Signature=7f1a9c0e5b3d4f6a8c2e0d1b3a5c7e9f7f1a9c0e5b3d4f6a8c2e0d1b3a5c7e9f"}};
    request_.body = {body_.data(), body_.size()};
    dispatcher_.handle_now(request_, reply_);
    if (reply_.status != 200) {
      std::fprintf(stderr, "%s: %d %s\n", operation.c_str(), reply_.status, reply_.body.c_str());
      std::exit(1);
    }
  }

 private:
  StoppedClock clock_;
  Engine engine_;
  Dispatcher dispatcher_;
  WireRequest request_;
  WireReply reply_;
  std::string body_;
  std::string target_;
};

}  // namespace

extern "C" __attribute__((noinline)) void counted_requests(Server& server, const std::string& operation,
                                                           const std::string& body, int count) {
  for (int i = 0; i < count; ++i) server.send(operation, body);
}

int main(int argc, char** argv) {
  if (argc != 3) {
    for (const auto& each : requests()) std::printf("%s\n", each.first.c_str());
    return 0;
  }
  Server server;
  server.send("CreateTable",
              R"({"TableName":"items","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk",)"
              R"("AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]})");
  server.send(
      "CreateTable",
      R"({"TableName":"rows","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},)"
      R"({"AttributeName":"sk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},)"
      R"({"AttributeName":"sk","KeyType":"RANGE"}]})");
  for (int i = 0; i < 500; i += 25) {
    server.send("BatchWriteItem", batch("items", i, item));
    server.send("BatchWriteItem", batch("rows", i, row));
  }
  for (const auto& [name, request] : requests()) {
    if (name != argv[1]) continue;
    for (int i = 0; i < 5; ++i) server.send(request.first, request.second);
    counted_requests(server, request.first, request.second, std::atoi(argv[2]));
    return 0;
  }
  std::fprintf(stderr, "there is no request %s\n", argv[1]);
  return 2;
}
