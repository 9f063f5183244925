// Tables and indexes that take their time: which states they pass, by the space's clock, and what is refused meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include <filesystem>

#include "engine_under_test.h"

namespace stator {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kDelay = 1000;
constexpr const char* kChangingTable =
    R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],)"
    R"("AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],)"
    R"("GlobalSecondaryIndexes":[{"IndexName":"first","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],)"
    R"("Projection":{"ProjectionType":"ALL"}}]})";
constexpr const char* kChangingName = R"({"TableName":"Tab"})";
constexpr const char* kPut = R"({"TableName":"Tab","Item":{"pk":{"S":"a"},"g":{"S":"x"},"h":{"S":"y"}}})";
constexpr const char* kAddIndex =
    R"({"TableName":"Tab","AttributeDefinitions":[{"AttributeName":"h","AttributeType":"S"}],)"
    R"("GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"second","KeySchema":)"
    R"([{"AttributeName":"h","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]})";
constexpr const char* kDropIndex =
    R"({"TableName":"Tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"second"}}]})";
constexpr const char* kDropFirst =
    R"({"TableName":"Tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"first"}}]})";
constexpr const char* kInUse = "Attempt to change a resource which is still in use: Table is being ";

class Lifecycle : public testing::Test {
 protected:
  Lifecycle() { delay(server, kDelay); }
  static void delay(EngineUnderTest& where, int64_t ms) {
    where.engine.spaces().main()->apply({.table_delay_ms = static_cast<uint32_t>(ms)});
  }
  std::string ok(const char* operation, const char* body) {
    auto [status, answer] = server.call(operation, body);
    EXPECT_EQ(status, 200) << operation << ": " << answer;
    return answer;
  }
  void refused(const char* operation, const char* body, const std::string& error, const std::string& text) {
    auto [status, answer] = server.call(operation, body);
    EXPECT_EQ(status, 400) << operation;
    EXPECT_THAT(answer, HasSubstr("#" + error + "\"")) << operation;
    EXPECT_THAT(answer, HasSubstr(text)) << operation;
  }
  std::string described() { return ok("DescribeTable", kChangingName); }
  void pass(int64_t ms) {
    server.clock.ms += ms;
    server.maintenance.run_due();
  }

  EngineUnderTest server;
};

TEST_F(Lifecycle, ATableIsCreatingUntilItsTime) {
  EXPECT_THAT(ok("CreateTable", kChangingTable), HasSubstr(R"("TableStatus":"CREATING")"));
  pass(kDelay - 1);
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"CREATING")"));
  EXPECT_THAT(described(), HasSubstr(R"("IndexStatus":"CREATING")"));
  EXPECT_THAT(described(), Not(HasSubstr("Backfilling")));
  EXPECT_THAT(ok("ListTables", "{}"), HasSubstr("Tab"));
  refused("PutItem", kPut, "ResourceNotFoundException", "\"Requested resource not found\"");
  refused("Scan", kChangingName, "ResourceNotFoundException", "\"Requested resource not found\"");
  refused("DeleteTable", kChangingName, "ResourceInUseException", std::string(kInUse) + "created: Tab");
  refused("UpdateTable", kAddIndex, "ResourceInUseException", std::string(kInUse) + "created: Tab");
  refused("UpdateTimeToLive", R"({"TableName":"Tab","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"t"}})",
          "ResourceInUseException", std::string(kInUse) + "created: Tab");
  refused("CreateTable", kChangingTable, "ResourceInUseException", "Table already exists: Tab");
  refused("TagResource",
          R"({"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab","Tags":[{"Key":"k","Value":"v"}]})",
          "ResourceNotFoundException", "not found");
  pass(1);
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"ACTIVE")"));
  EXPECT_THAT(described(), HasSubstr(R"("IndexStatus":"ACTIVE")"));
  ok("PutItem", kPut);
}

TEST_F(Lifecycle, ATableIsDeletingUntilItsTime) {
  delay(server, 0);
  ok("CreateTable", kChangingTable);
  ok("PutItem", kPut);
  delay(server, kDelay);
  EXPECT_THAT(ok("DeleteTable", kChangingName), HasSubstr(R"("TableStatus":"DELETING")"));
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"DELETING")"));
  refused("PutItem", kPut, "ResourceNotFoundException", "\"Requested resource not found\"");
  refused("DeleteTable", kChangingName, "ResourceInUseException", std::string(kInUse) + "deleted: Tab");
  refused("CreateTable", kChangingTable, "ResourceInUseException", std::string(kInUse) + "deleted: Tab");
  pass(kDelay);
  refused("DescribeTable", kChangingName, "ResourceNotFoundException", "Table: Tab not found");
  EXPECT_EQ(ok("ListTables", "{}"), R"({"TableNames":[]})");
  ok("CreateTable", kChangingTable);
  pass(kDelay);
  EXPECT_THAT(ok("Scan", kChangingName), HasSubstr(R"("Count":0)"));
}

TEST_F(Lifecycle, AnUpdatedTableServesMeanwhile) {
  constexpr const char* kInfrequent = R"({"TableName":"Tab","TableClass":"STANDARD_INFREQUENT_ACCESS"})";
  constexpr const char* kStream =
      R"({"TableName":"Tab","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}})";
  constexpr const char* kUse = "Attempt to change a resource which is still in use: ";
  const std::string in_class = " Table: Tab TableClassUpdateInProgress: STANDARD_INFREQUENT_ACCESS";
  ok("CreateTable", kChangingTable);
  pass(kDelay);
  EXPECT_THAT(ok("UpdateTable", kInfrequent), HasSubstr(R"("TableStatus":"UPDATING")"));
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"UPDATING")"));
  EXPECT_THAT(described(), Not(HasSubstr("TableClassSummary"))) << "the class changes with the state";
  ok("PutItem", kPut);
  refused("UpdateTable", kInfrequent, "ResourceInUseException",
          kUse + ("Can't update table class when a table class update is in progress." + in_class));
  refused("UpdateTable", kStream, "ResourceInUseException",
          kUse + ("Can't change stream status when a table class update is in progress." + in_class));
  refused("UpdateTable", kAddIndex, "ResourceInUseException",
          kUse + ("Can't create or delete an index when a table class update is in progress." + in_class));
  refused(
      "UpdateTable", R"({"TableName":"Tab","OnDemandThroughput":{"MaxReadRequestUnits":5}})", "ResourceInUseException",
      std::string(kUse) +
          "OnDemandThroughput cannot be updated while TableClass update is in progress. TableClassUpdateInProgress: "
          "STANDARD_INFREQUENT_ACCESS");
  refused("DeleteTable", kChangingName, "ResourceInUseException",
          std::string(kUse) + "Table: Tab is in the process of being updated.");
  ok("UpdateTable", R"({"TableName":"Tab","DeletionProtectionEnabled":true})");
  ok("UpdateTable", R"({"TableName":"Tab","DeletionProtectionEnabled":false})");
  pass(kDelay);
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"ACTIVE")"));
  EXPECT_THAT(described(), HasSubstr(R"("TableClassSummary":{"TableClass":"STANDARD_INFREQUENT_ACCESS")"));
  ok("UpdateTable", kStream);
  refused("DeleteTable", kChangingName, "ResourceInUseException",
          std::string(kUse) + "Cannot delete table while stream is being enabled/disabled.");
}

// A table that is encrypted anew or warmed says ACTIVE all the while, and is not deleted meanwhile.
TEST_F(Lifecycle, WhatChangesQuietlyIsToldByItsOwnStatus) {
  ok("CreateTable", kChangingTable);
  pass(kDelay);
  EXPECT_THAT(ok("UpdateTable", R"({"TableName":"Tab","SSESpecification":{"Enabled":true}})"),
              HasSubstr(R"("TableStatus":"ACTIVE")"));
  EXPECT_THAT(described(), HasSubstr(R"("SSEDescription":{"Status":"UPDATING"})"));
  refused("DeleteTable", kChangingName, "ResourceInUseException", "Table: Tab is in the process of being updated.");
  pass(kDelay);
  EXPECT_THAT(described(), HasSubstr(R"("SSEDescription":{"Status":"ENABLED","SSEType":"KMS")"));
  ok("UpdateTable", R"({"TableName":"Tab","WarmThroughput":{"ReadUnitsPerSecond":13000}})");
  EXPECT_THAT(described(),
              HasSubstr(R"({"ReadUnitsPerSecond":12000,"WriteUnitsPerSecond":4000,"Status":"UPDATING"}}})"));
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"ACTIVE")"));
  refused("DeleteTable", kChangingName, "ResourceInUseException", "Table: Tab is in the process of being updated.");
  pass(kDelay);
  EXPECT_THAT(described(), HasSubstr(R"({"ReadUnitsPerSecond":13000,"WriteUnitsPerSecond":4000,"Status":"ACTIVE"}}})"));
  EXPECT_THAT(ok("UpdateTable", R"({"TableName":"Tab","GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"first",)"
                                R"("OnDemandThroughput":{"MaxReadRequestUnits":9}}}]})"),
              HasSubstr(R"("TableStatus":"ACTIVE")"));
  EXPECT_THAT(described(), HasSubstr(R"("IndexStatus":"UPDATING")"));
  EXPECT_THAT(described(), HasSubstr(R"("MaxReadRequestUnits":9)")) << "limits show at once";
  refused("DeleteTable", kChangingName, "ResourceInUseException",
          "Cannot delete table while indexes are being created");
  pass(kDelay);
  EXPECT_THAT(described(), HasSubstr(R"("IndexStatus":"ACTIVE")"));
}

TEST_F(Lifecycle, ThroughputChangesWithTheState) {
  ok("CreateTable",
     R"({"TableName":"Tab","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"ProvisionedThroughput":)"
     R"({"ReadCapacityUnits":5,"WriteCapacityUnits":5},"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]})");
  pass(kDelay);
  constexpr const char* kLess =
      R"({"TableName":"Tab","ProvisionedThroughput":{"ReadCapacityUnits":2,"WriteCapacityUnits":2}})";
  ok("UpdateTable", kLess);
  EXPECT_THAT(described(), HasSubstr(R"("NumberOfDecreasesToday":0,"ReadCapacityUnits":5,"WriteCapacityUnits":5)"));
  refused("UpdateTable", kLess, "ResourceInUseException", "Table IOPS are currently being updated. Table: Tab");
  refused("UpdateTable", R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST"})", "ResourceInUseException",
          "Table IOPS are currently being updated. Table: Tab");
  refused("UpdateTable", kAddIndex, "ResourceInUseException",
          "Can't create or delete indexes while table IOPS are being updated. Table: Tab");
  pass(kDelay);
  EXPECT_THAT(described(), HasSubstr(R"("NumberOfDecreasesToday":1,"ReadCapacityUnits":2,"WriteCapacityUnits":2)"));
  EXPECT_THAT(described(), HasSubstr(R"({"ReadUnitsPerSecond":5,"WriteUnitsPerSecond":5,"Status":"ACTIVE"}})"))
      << "what was warm stays warm";
  server.clock.ms += 24 * 3600 * 1000LL;
  EXPECT_THAT(described(), HasSubstr(R"("NumberOfDecreasesToday":0,"ReadCapacityUnits":2)")) << "of another day";
}

TEST_F(Lifecycle, AnIndexIsAllocatedThenBackfilledThenActive) {
  ok("CreateTable", kChangingTable);
  pass(kDelay);
  ok("PutItem", kPut);
  constexpr const char* kQuery = R"({"TableName":"Tab","IndexName":"second","KeyConditionExpression":"h = :h",)"
                                 R"("ExpressionAttributeValues":{":h":{"S":"y"}}})";
  EXPECT_THAT(ok("UpdateTable", kAddIndex), HasSubstr(R"("IndexName":"second")"));
  pass(kDelay / 2 - 1);
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"UPDATING")"));
  EXPECT_THAT(described(), HasSubstr(R"("IndexStatus":"CREATING","Backfilling":false)"));
  refused(
      "UpdateTable", kDropIndex, "ResourceInUseException",
      "Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the index is "
      "active. Table: Tab Index: second");
  refused("UpdateTable", kDropFirst, "LimitExceededException", "Only 1 online index can be created or deleted");
  pass(1);
  EXPECT_THAT(described(), HasSubstr(R"("IndexStatus":"CREATING","Backfilling":true)"));
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"ACTIVE")"));
  refused("UpdateTable", kDropFirst, "LimitExceededException", "Only 1 online index can be created or deleted");
  refused("Query", kQuery, "ValidationException", "Cannot read from backfilling global secondary index: second");
  ok("PutItem", R"({"TableName":"Tab","Item":{"pk":{"S":"b"},"h":{"S":"y"}}})");
  pass(kDelay / 2);
  EXPECT_THAT(described(), Not(HasSubstr("CREATING")));
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"ACTIVE")"));
  EXPECT_THAT(ok("Query", kQuery), HasSubstr(R"("Count":2)"));

  ok("UpdateTable", kDropIndex);
  EXPECT_THAT(described(), HasSubstr(R"("IndexStatus":"DELETING")"));
  refused("Query", kQuery, "ValidationException", "The table does not have the specified index: second");
  ok("PutItem", R"({"TableName":"Tab","Item":{"pk":{"S":"c"},"h":{"S":"y"}}})");
  pass(kDelay);
  EXPECT_THAT(described(), Not(HasSubstr("second")));
  EXPECT_THAT(described(), Not(HasSubstr(R"("AttributeName":"h")"))) << "its definition goes with it";
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"ACTIVE")"));
}

TEST_F(Lifecycle, ABackfillCanBeCancelled) {
  ok("CreateTable", kChangingTable);
  pass(kDelay);
  ok("UpdateTable", kAddIndex);
  pass(kDelay / 2);
  ok("UpdateTable", kDropIndex);
  EXPECT_THAT(described(), HasSubstr(R"("IndexStatus":"DELETING")"));
  pass(kDelay);
  EXPECT_THAT(described(), Not(HasSubstr("second")));
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"ACTIVE")"));
}

TEST_F(Lifecycle, ARestartGoesOnWithWhatWaits) {
  std::string folder = testing::TempDir() + "lifecycle-" + std::to_string(::getpid());
  int64_t now = 0;
  {
    EngineUnderTest first({}, folder);
    delay(first, kDelay);
    EXPECT_EQ(first.call("CreateTable", kChangingTable).first, 200);
    now = first.clock.ms;
  }
  EngineUnderTest second({}, folder);
  second.clock.ms = now + kDelay - 1;
  EXPECT_THAT(second.call("DescribeTable", kChangingName).second, HasSubstr(R"("TableStatus":"CREATING")"));
  second.maintenance.run_due();
  EXPECT_THAT(second.call("DescribeTable", kChangingName).second, HasSubstr(R"("TableStatus":"CREATING")"));
  second.clock.ms += 1;
  second.maintenance.run_due();
  EXPECT_THAT(second.call("DescribeTable", kChangingName).second, HasSubstr(R"("TableStatus":"ACTIVE")"));
  std::filesystem::remove_all(folder);
}

// The thread itself: it wakes for what waits, and sleeps where nothing does.
TEST_F(Lifecycle, TheThreadMovesTablesOnAndThenSleeps) {
  server.engine.spaces().main()->apply({.table_delay_ms = 30});
  ok("CreateTable", kChangingTable);
  server.maintenance.start();
  server.maintenance.wake();
  server.clock.ms += 30;
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (described().find(R"("TableStatus":"ACTIVE")") == std::string::npos && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  EXPECT_THAT(described(), HasSubstr(R"("TableStatus":"ACTIVE")"));
  auto idle = [&] {
    for (const auto& scope : server.engine.open_scopes())
      if (scope->has_work) return false;
    return true;
  };
  while (!idle() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_TRUE(idle()) << "with nothing written down no scope is looked at again";
}

}  // namespace
}  // namespace stator
