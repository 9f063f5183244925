// DescribeTable's members, whole, for tables made in different ways. Recorded by others from the service: which members
// there are; the order is ours.
#include <gtest/gtest.h>

#include <regex>

#include "engine_under_test.h"

namespace stator {
namespace {

std::string described(EngineUnderTest& server, const std::string& create) {
  auto [status, made] = server.call("CreateTable", create);
  EXPECT_EQ(status, 200) << made;
  std::string body = server.call("DescribeTable", R"({"TableName":"tab"})").second;
  return std::regex_replace(body, std::regex(R"("TableId":"[0-9a-f-]{36}")"), R"("TableId":"*")");
}

const std::string kHead =
    R"({"Table":{"AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],"TableName":"tab",)"
    R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],"TableStatus":"ACTIVE","CreationDateTime":1700000000,)";
const std::string kCounts =
    R"("TableSizeBytes":0,"ItemCount":0,"TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/tab","TableId":"*",)";
const std::string kCreate = R"({"TableName":"tab","AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],)"
                            R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],)";

TEST(DescribeTable, ProvisionedHasNoSummaryOfItsMode) {
  EngineUnderTest server;
  EXPECT_EQ(
      described(server, kCreate + R"("ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":2}})"),
      kHead + R"("ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":3,"WriteCapacityUnits":2},)" +
          kCounts +
          R"("DeletionProtectionEnabled":false,)"
          R"("WarmThroughput":{"ReadUnitsPerSecond":3,"WriteUnitsPerSecond":2,"Status":"ACTIVE"}}})");
}

TEST(DescribeTable, OnDemandSaysSoTwice) {
  EngineUnderTest server;
  EXPECT_EQ(
      described(server, kCreate + R"("BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":{"MaxReadRequestUnits":7}})"),
      kHead + R"("ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":0,"WriteCapacityUnits":0},)" +
          kCounts +
          R"("BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST","LastUpdateToPayPerRequestDateTime":1700000000},)"
          R"("TableThroughputModeSummary":{"TableThroughputMode":"PAY_PER_REQUEST",)"
          R"("LastUpdateToPayPerRequestDateTime":1700000000},)"
          R"("OnDemandThroughput":{"MaxReadRequestUnits":7},)"
          R"("DeletionProtectionEnabled":false,)"
          R"("WarmThroughput":{"ReadUnitsPerSecond":12000,"WriteUnitsPerSecond":4000,"Status":"ACTIVE"}}})");
}

TEST(DescribeTable, EverythingThatATableMayHave) {
  EngineUnderTest server;
  EXPECT_EQ(
      described(server, kCreate +
                            R"("ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1},)"
                            R"("GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"p",)"
                            R"("KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x"]},)"
                            R"("ProvisionedThroughput":{"ReadCapacityUnits":2,"WriteCapacityUnits":3}}],)"
                            R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},)"
                            R"("TableClass":"STANDARD_INFREQUENT_ACCESS","DeletionProtectionEnabled":true,)"
                            R"("SSESpecification":{"Enabled":true,"SSEType":"KMS","KMSMasterKeyId":"k"}})"),
      kHead + R"("ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":1,"WriteCapacityUnits":1},)" +
          kCounts +
          R"("GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],)"
          R"("Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x"]},"IndexStatus":"ACTIVE",)"
          R"("ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":2,"WriteCapacityUnits":3},)"
          R"("IndexSizeBytes":0,"ItemCount":0,)"
          R"("IndexArn":"arn:aws:dynamodb:us-east-1:000000000000:table/tab/index/gsi",)"
          R"("WarmThroughput":{"ReadUnitsPerSecond":2,"WriteUnitsPerSecond":3,"Status":"ACTIVE"}}],)"
          R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},)"
          R"("LatestStreamLabel":"2023-11-14T22:13:20.000",)"
          R"("LatestStreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/tab/stream/2023-11-14T22:13:20.000",)"
          R"("SSEDescription":{"Status":"ENABLED","SSEType":"KMS",)"
          R"("KMSMasterKeyArn":"arn:aws:kms:us-east-1:000000000000:key/k"},)"
          R"("TableClassSummary":{"TableClass":"STANDARD_INFREQUENT_ACCESS"},"DeletionProtectionEnabled":true,)"
          R"("WarmThroughput":{"ReadUnitsPerSecond":1,"WriteUnitsPerSecond":1,"Status":"ACTIVE"}}})");
}

}  // namespace
}  // namespace stator
