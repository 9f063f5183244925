// Vector indexes over time: kept in files, filled from a table that has items, passing the states of the service. What
// they answer is in tests/cases/operations/vectors.txt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "engine_under_test.h"

namespace stator {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kVectorTable =
    R"({"TableName":"Docs","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],)"
    R"("AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"t","AttributeType":"S"}],)"
    R"("VectorIndexes":[{"IndexName":"first","VectorAttribute":{"AttributeName":"v"},"Dimensions":2,)"
    R"("DistanceFunction":"EUCLIDEAN","Projection":{"ProjectionType":"KEYS_ONLY"},)"
    R"("SearchSchema":[{"AttributeName":"t","SearchSchemaElementType":"HASH"}]}]})";
constexpr const char* kVectorName = R"({"TableName":"Docs"})";
constexpr const char* kAdd =
    R"({"TableName":"Docs","VectorIndexUpdates":[{"Create":{"IndexName":"second","VectorAttribute":)"
    R"({"AttributeName":"w"},"Dimensions":2,"DistanceFunction":"COSINE","Projection":{"ProjectionType":"ALL"}}}]})";
constexpr const char* kSearchFirst =
    R"({"TableName":"Docs","IndexName":"first","SearchVector":[{"N":"0"},{"N":"0"}],"TopK":5,)"
    R"("SearchConditionExpression":"t = :t","ExpressionAttributeValues":{":t":{"S":"x"}}})";
constexpr const char* kSearchSecond =
    R"({"TableName":"Docs","IndexName":"second","SearchVector":[{"N":"1"},{"N":"0"}],"TopK":5,)"
    R"("ProjectionExpression":"pk"})";
constexpr const char* kPutA =
    R"({"TableName":"Docs","Item":{"pk":{"S":"a"},"t":{"S":"x"},"v":{"L":[{"N":"3"},{"N":"4"}]},)"
    R"("w":{"L":[{"N":"1"},{"N":"0"}]}}})";
constexpr const char* kPutB =
    R"({"TableName":"Docs","Item":{"pk":{"S":"b"},"t":{"S":"x"},"v":{"L":[{"N":"0"},{"N":"1"}]},"w":{"S":"none"}}})";

std::string ok(EngineUnderTest& server, const char* operation, const char* body) {
  auto [status, answer] = server.call(operation, body);
  EXPECT_EQ(status, 200) << operation << ": " << answer;
  return answer;
}

TEST(VectorIndex, AFolderKeepsItAndANewOneIsFilledWithWhatSuitsIt) {
  std::string folder = std::filesystem::temp_directory_path() / ("stator-vectors-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  {
    EngineUnderTest server({}, folder);
    ok(server, "CreateTable", kVectorTable);
    ok(server, "PutItem", kPutA);
    ok(server, "PutItem", kPutB);
    ok(server, "UpdateTable", kAdd);
  }
  {
    EngineUnderTest server({}, folder);
    EXPECT_EQ(ok(server, "SearchVectors", kSearchFirst),
              R"({"SearchResults":[{"Item":{"pk":{"S":"b"},"t":{"S":"x"}},"Score":1.0},)"
              R"({"Item":{"pk":{"S":"a"},"t":{"S":"x"}},"Score":5.0}]})");
    EXPECT_THAT(server.call("SearchVectors", kSearchSecond).second,
                HasSubstr("Cannot search backfilling vector index: second"));
    server.maintenance.run_due();
    EXPECT_EQ(ok(server, "SearchVectors", kSearchSecond),
              R"({"SearchResults":[{"Item":{"pk":{"S":"a"}},"Score":0.0}]})");
    EXPECT_THAT(
        ok(server, "DescribeTable", kVectorName),
        HasSubstr(R"({"IndexName":"first","SearchSchema":[{"AttributeName":"t","SearchSchemaElementType":"HASH"}],)"
                  R"("Projection":{"ProjectionType":"KEYS_ONLY"},"VectorAttribute":{"AttributeName":"v"},)"
                  R"("Dimensions":2,"DistanceFunction":"EUCLIDEAN","IndexStatus":"ACTIVE",)"));
    EXPECT_THAT(ok(server, "DescribeTable", kVectorName), Not(HasSubstr("GlobalSecondaryIndexes")));
  }
  std::filesystem::remove_all(folder);
}

TEST(VectorIndex, WithADelayItIsAllocatedThenFilledThenActive) {
  EngineUnderTest server;
  server.engine.spaces().main()->apply({.table_delay_ms = 1000});
  auto pass = [&](int64_t ms) {
    server.clock.ms += ms;
    server.maintenance.run_due();
  };
  ok(server, "CreateTable", kVectorTable);
  EXPECT_THAT(ok(server, "DescribeTable", kVectorName), Not(HasSubstr("Backfilling")));
  pass(1000);
  ok(server, "PutItem", kPutA);
  ok(server, "UpdateTable", kAdd);
  EXPECT_THAT(ok(server, "DescribeTable", kVectorName), HasSubstr(R"("IndexStatus":"CREATING","Backfilling":false)"));
  EXPECT_THAT(server.call("SearchVectors", kSearchSecond).second,
              HasSubstr("The table does not have the specified index: second"));
  EXPECT_THAT(server.call("DeleteTable", kVectorName).second,
              HasSubstr("Cannot delete table while indexes are being created"));
  pass(500);
  EXPECT_THAT(ok(server, "DescribeTable", kVectorName), HasSubstr(R"("TableStatus":"ACTIVE")"));
  EXPECT_THAT(ok(server, "DescribeTable", kVectorName), HasSubstr(R"("IndexStatus":"CREATING","Backfilling":true)"));
  EXPECT_THAT(server.call("SearchVectors", kSearchSecond).second, HasSubstr("Cannot search backfilling"));
  pass(500);
  EXPECT_THAT(ok(server, "DescribeTable", kVectorName), Not(HasSubstr("Backfilling")));
  EXPECT_THAT(ok(server, "SearchVectors", kSearchSecond), HasSubstr(R"("pk":{"S":"a"})"));
}

}  // namespace
}  // namespace stator
