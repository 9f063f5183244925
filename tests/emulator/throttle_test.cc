// Throttling by provisioned capacity: buckets that fill by the space's own clock, and what each operation answers when
// they are empty.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine_under_test.h"

namespace stator {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kOfTable =
    "The level of configured provisioned throughput for the table was exceeded. Consider "
    "increasing your provisioning level with the UpdateTable API.";
constexpr const char* kOfIndex =
    "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
    "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the "
    "UpdateTable API";

std::string provisioned(int64_t read, int64_t write) {
  return R"("ProvisionedThroughput":{"ReadCapacityUnits":)" + std::to_string(read) + R"(,"WriteCapacityUnits":)" +
         std::to_string(write) + "}";
}

std::string create(const std::string& name, const std::string& billing, const std::string& indexes = {}) {
  return R"({"TableName":")" + name + R"(","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],)" + billing +
         R"(,"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"})" +
         (indexes.empty()
              ? "]"
              : R"(,{"AttributeName":"g","AttributeType":"S"}],"GlobalSecondaryIndexes":[)" + indexes + "]") +
         "}";
}

std::string index(const std::string& billing) {
  return R"({"IndexName":"byG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},)" +
         billing + "}";
}

class Throttling : public testing::Test {
 protected:
  Throttling() { space().throttle.switch_on(server.clock.now_ms()); }
  Space& space() { return *server.engine.spaces().main(); }

  void make(const std::string& request) { ASSERT_EQ(server.call("CreateTable", request).first, 200); }
  std::pair<int, std::string> put(const std::string& key, const std::string& more = {}) {
    return server.call("PutItem", R"({"TableName":"Tab","Item":{"pk":{"S":")" + key + "\"}" + more + "}}");
  }
  std::pair<int, std::string> get(const std::string& key, bool consistent = true) {
    return server.call("GetItem", R"({"TableName":"Tab","Key":{"pk":{"S":")" + key + R"("}},"ConsistentRead":)" +
                                      (consistent ? "true" : "false") + "}");
  }
  // How many of at most `most` puts go through before one is throttled.
  int puts_until_throttled(int most) {
    for (int i = 0; i < most; ++i)
      if (put("k").first != 200) return i;
    return most;
  }
  void pass(int64_t ms) { server.clock.ms += ms; }

  EngineUnderTest server;
};

TEST_F(Throttling, AWriteBeyondTheCapacityIsRefusedAndChangesNothing) {
  make(create("Tab", provisioned(5, 2)));
  EXPECT_EQ(put("a").first, 200);
  EXPECT_EQ(put("b").first, 200);
  EXPECT_EQ(put("c"),
            std::pair(400, std::string(R"({"__type":"com.amazonaws.dynamodb.v20120810#)"
                                       R"(ProvisionedThroughputExceededException","ThrottlingReasons":[{"reason":)"
                                       R"("TableWriteProvisionedThroughputExceeded","resource":)"
                                       R"("arn:aws:dynamodb:us-east-1:000000000000:table/Tab"}],"message":")") +
                               kOfTable + "\"}"));
  EXPECT_THAT(get("c").second, Not(HasSubstr("Item")));
  pass(500);
  EXPECT_EQ(put("c").first, 200) << "half a second gives one unit of two";
  EXPECT_EQ(put("d").first, 400);
}

TEST_F(Throttling, UnusedCapacityIsKeptForThreeHundredSeconds) {
  make(create("Tab", provisioned(5, 2)));
  pass(10'000);
  EXPECT_EQ(puts_until_throttled(1000), 22);
  pass(3'600'000);
  EXPECT_EQ(puts_until_throttled(1000), 600);
}

TEST_F(Throttling, ReadsHaveABucketOfTheirOwn) {
  make(create("Tab", provisioned(1, 1)));
  EXPECT_EQ(put("a").first, 200);
  EXPECT_EQ(get("a", false).first, 200);
  EXPECT_EQ(get("a", false).first, 200) << "an eventually consistent read takes half a unit";
  auto [status, body] = get("a", false);
  EXPECT_EQ(status, 400);
  EXPECT_THAT(body, HasSubstr("TableReadProvisionedThroughputExceeded"));
  EXPECT_EQ(server.call("Scan", R"({"TableName":"Tab"})").first, 400);
  pass(1000);
  EXPECT_EQ(server.call("Scan", R"({"TableName":"Tab"})").first, 200);
}

TEST_F(Throttling, WhatCostsMoreThanAFullBucketIsLetThroughOnceAndOwed) {
  make(create("Tab", provisioned(1, 1)));
  std::string large = R"(,"a":{"S":")" + std::string(350 * 1024, 'x') + "\"}";
  EXPECT_EQ(put("a", large).first, 400);
  pass(300'000);
  EXPECT_EQ(put("a", large).first, 200);
  pass(50'000);
  EXPECT_EQ(put("b").first, 400) << "351 of 300 units are taken";
  pass(3'000);
  EXPECT_EQ(put("b").first, 200);
}

TEST_F(Throttling, AnIndexThatIsShortRefusesTheWriteOfItsTable) {
  make(create("Tab", provisioned(9, 9), index(provisioned(1, 1))));
  EXPECT_EQ(put("a", R"(,"g":{"S":"1"})").first, 200);
  auto [status, body] = put("b", R"(,"g":{"S":"1"})");
  EXPECT_EQ(status, 400);
  EXPECT_THAT(body, HasSubstr(kOfIndex));
  EXPECT_THAT(body, HasSubstr(R"([{"reason":"IndexWriteProvisionedThroughputExceeded","resource":)"
                              R"("arn:aws:dynamodb:us-east-1:000000000000:table/Tab/index/byG"}])"));
  EXPECT_THAT(get("b").second, Not(HasSubstr("Item")));
  EXPECT_EQ(put("c").first, 200) << "an item that is not in the index takes nothing of it";
  std::string query = R"({"TableName":"Tab","IndexName":"byG","KeyConditionExpression":"g = :g",)"
                      R"("ExpressionAttributeValues":{":g":{"S":"1"}}})";
  EXPECT_EQ(server.call("Query", query).first, 200);
  EXPECT_EQ(server.call("Query", query).first, 200);
  EXPECT_THAT(server.call("Query", query).second, HasSubstr("IndexReadProvisionedThroughputExceeded"));
}

TEST_F(Throttling, BatchesReturnWhatWasThrottledAndFailOnlyWhenAllWas) {
  make(create("Tab", provisioned(2, 2)));
  auto write = [&](const char* a, const char* b, const char* c) {
    std::string requests;
    for (const char* key : {a, b, c})
      requests += (requests.empty() ? "" : ",") + std::string(R"({"PutRequest":{"Item":{"pk":{"S":")") + key + "\"}}}}";
    return server.call("BatchWriteItem", R"({"RequestItems":{"Tab":[)" + requests + "]}}");
  };
  EXPECT_EQ(write("a", "b", "c"),
            std::pair(200, std::string(R"({"UnprocessedItems":{"Tab":[{"PutRequest":{"Item":{"pk":{"S":"c"}}}}]}})")));
  auto [status, body] = write("d", "e", "f");
  EXPECT_EQ(status, 400);
  EXPECT_THAT(body, HasSubstr("ProvisionedThroughputExceededException"));
  std::string all =
      R"({"RequestItems":{"Tab":{"ConsistentRead":true,"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"b"}},{"pk":{"S":"c"}}]}}})";
  EXPECT_EQ(
      server.call("BatchGetItem", all),
      std::pair(200, std::string(R"({"Responses":{"Tab":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}]},)"
                                 R"("UnprocessedKeys":{"Tab":{"ConsistentRead":true,"Keys":[{"pk":{"S":"c"}}]}}})")));
  EXPECT_EQ(server.call("BatchGetItem", all).first, 400);
}

TEST_F(Throttling, TransactionsTakeTwiceAndAreCancelledWithTheReason) {
  make(create("Tab", provisioned(3, 3)));
  std::string two = R"({"TransactItems":[{"Put":{"TableName":"Tab","Item":{"pk":{"S":"a"}}}},)"
                    R"({"Put":{"TableName":"Tab","Item":{"pk":{"S":"b"}}}}]})";
  auto [status, body] = server.call("TransactWriteItems", two);
  EXPECT_EQ(status, 400);
  EXPECT_THAT(body, HasSubstr("[None, ProvisionedThroughputExceeded]"));
  EXPECT_THAT(body, HasSubstr(std::string(R"({"Code":"ProvisionedThroughputExceeded","Message":")") + kOfTable));
  EXPECT_EQ(puts_until_throttled(9), 3) << "a cancelled transaction gives back what it took";
  pass(2000);
  EXPECT_EQ(server.call("TransactWriteItems", two).first, 200);
  std::string reads = R"({"TransactItems":[{"Get":{"TableName":"Tab","Key":{"pk":{"S":"a"}}}},)"
                      R"({"Get":{"TableName":"Tab","Key":{"pk":{"S":"b"}}}}]})";
  EXPECT_EQ(server.call("TransactGetItems", reads).first, 200) << "nine units lie there";
  EXPECT_EQ(server.call("TransactGetItems", reads).first, 200);
  EXPECT_THAT(server.call("TransactGetItems", reads).second,
              HasSubstr("[ProvisionedThroughputExceeded, ProvisionedThroughputExceeded]"));
}

TEST_F(Throttling, OnDemandTablesAreHeldToTheirMaximumAlone) {
  make(create("Free", R"("BillingMode":"PAY_PER_REQUEST")"));
  make(create(
      "Tab",
      R"("BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":{"MaxReadRequestUnits":1,"MaxWriteRequestUnits":2})"));
  for (int i = 0; i < 2000; ++i)
    ASSERT_EQ(server.call("PutItem", R"({"TableName":"Free","Item":{"pk":{"S":"a"}}})").first, 200);
  pass(100'000);
  EXPECT_EQ(puts_until_throttled(9), 2) << "nothing unused is kept";
  EXPECT_EQ(put("c"),
            std::pair(400, std::string(R"({"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException",)"
                                       R"("ThrottlingReasons":[{"reason":"TableWriteMaxOnDemandThroughputExceeded",)"
                                       R"("resource":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab"}],)"
                                       R"("message":"Throughput exceeds the maximum OnDemandThroughput configured on )"
                                       R"(table or index"})")));
  EXPECT_THAT(
      server.call("TransactWriteItems", R"({"TransactItems":[{"Put":{"TableName":"Tab","Item":{"pk":{"S":"a"}}}}]})")
          .second,
      HasSubstr("[ThrottlingError]"));
}

TEST_F(Throttling, NewCapacityCountsFromNowOn) {
  make(create("Tab", provisioned(1, 1)));
  EXPECT_EQ(puts_until_throttled(9), 1);
  ASSERT_EQ(server.call("UpdateTable", R"({"TableName":"Tab",)" + provisioned(1, 50) + "}").first, 200);
  EXPECT_EQ(puts_until_throttled(9), 0);
  pass(100);
  EXPECT_EQ(puts_until_throttled(9), 5);
}

TEST_F(Throttling, IsOffUnlessSwitchedOn) {
  space().throttle.switch_off();
  make(create("Tab", provisioned(1, 1)));
  EXPECT_EQ(puts_until_throttled(500), 500);
  space().throttle.switch_on(server.clock.now_ms());
  EXPECT_EQ(puts_until_throttled(500), 1);
}

}  // namespace
}  // namespace stator
