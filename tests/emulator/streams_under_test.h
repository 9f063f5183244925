// A table with a stream on an engine in process, and words for writing to the one and reading the other.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "engine_under_test.h"

namespace stator {

class Streams : public testing::Test {
 protected:
  static constexpr int64_t kHourMs = 3600 * 1000;

  // The value of the first member of that name behind `from`; strings without their quotes.
  static std::string member(const std::string& json, const std::string& name, size_t from = 0) {
    const std::string head = "\"" + name + "\":";
    size_t at = json.find(head, from);
    if (at == std::string::npos) return {};
    at += head.size();
    if (json[at] == '"') return json.substr(at + 1, json.find('"', at + 1) - at - 1);
    return json.substr(at, json.find_first_of(",}]", at) - at);
  }

  static std::vector<std::string> all(const std::string& json, const std::string& name) {
    std::vector<std::string> values;
    for (size_t at = 0; (at = json.find("\"" + name + "\":", at)) != std::string::npos; ++at)
      values.push_back(member(json, name, at));
    return values;
  }

  // The first member of each name made an empty string.
  static std::string blanked(std::string json, std::initializer_list<std::string> names) {
    for (const std::string& name : names) {
      const std::string value = member(json, name);
      json.erase(json.find(value, json.find("\"" + name + "\":")), value.size());
    }
    return json;
  }

  std::string ok(const std::string& operation, const std::string& body) {
    auto [status, answer] = server.call(operation, body);
    EXPECT_EQ(status, 200) << operation << ": " << answer;
    return answer;
  }
  void refused(const std::string& operation, const std::string& body, const std::string& error,
               const std::string& text) {
    auto [status, answer] = server.call(operation, body);
    EXPECT_EQ(status, 400) << operation << ": " << answer;
    EXPECT_THAT(answer, testing::HasSubstr("#" + error + "\"")) << operation;
    EXPECT_THAT(answer, testing::HasSubstr(text)) << operation;
  }
  // Makes a table with a stream and gives the stream's ARN.
  std::string create(const std::string& view = "NEW_AND_OLD_IMAGES", const std::string& name = "Tab") {
    return member(ok("CreateTable",
                     R"({"TableName":")" + name +
                         R"(","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},)"
                         R"({"AttributeName":"a","KeyType":"RANGE"}],"AttributeDefinitions":[{"AttributeName":"pk",)"
                         R"("AttributeType":"S"},{"AttributeName":"a","AttributeType":"N"}],"StreamSpecification":)"
                         R"({"StreamEnabled":true,"StreamViewType":")" +
                         view + R"("}})"),
                  "LatestStreamArn");
  }
  void put(const std::string& pk, const std::string& rest = "", const std::string& table = "Tab") {
    ok("PutItem", R"({"TableName":")" + table + R"(","Item":{"pk":{"S":")" + pk + R"("},"a":{"N":"1"})" + rest + "}}");
  }
  void update(const std::string& pk, const std::string& expression, const std::string& value = R"({"N":"1"})") {
    ok("UpdateItem", R"({"TableName":"Tab","Key":{"pk":{"S":")" + pk + R"("},"a":{"N":"1"}},"UpdateExpression":")" +
                         expression + R"(","ExpressionAttributeValues":{":v":)" + value + "}}");
  }
  void erase(const std::string& pk) {
    ok("DeleteItem", R"({"TableName":"Tab","Key":{"pk":{"S":")" + pk + R"("},"a":{"N":"1"}}})");
  }
  std::string described(const std::string& arn) { return ok("DescribeStream", R"({"StreamArn":")" + arn + "\"}"); }
  std::string iterator_request(const std::string& arn, const std::string& type, const std::string& more = "") {
    return R"({"StreamArn":")" + arn + R"(","ShardId":")" + member(described(arn), "ShardId") +
           R"(","ShardIteratorType":")" + type + "\"" + more + "}";
  }
  std::string iterator(const std::string& arn, const std::string& type = "TRIM_HORIZON", const std::string& more = "") {
    return member(ok("GetShardIterator", iterator_request(arn, type, more)), "ShardIterator");
  }
  std::string at(const std::string& arn, const std::string& type, const std::string& sequence) {
    return iterator(arn, type, R"(,"SequenceNumber":")" + sequence + "\"");
  }
  std::string records_of(const std::string& shard_iterator, const std::string& more = "") {
    return ok("GetRecords", R"({"ShardIterator":")" + shard_iterator + "\"" + more + "}");
  }
  std::string records(const std::string& arn) { return records_of(iterator(arn)); }
  std::string stop() {
    return ok("UpdateTable", R"({"TableName":"Tab","StreamSpecification":{"StreamEnabled":false}})");
  }
  void pass(int64_t ms) {
    server.clock.ms += ms;
    server.maintenance.run_due();
  }
  std::shared_ptr<Scope> scope() { return server.engine.find_scope({"000000000000", "us-east-1", ""}); }
  void settings(SpaceSettings given) { server.engine.spaces().main()->apply(given); }

  EngineUnderTest server;
};

}  // namespace stator
