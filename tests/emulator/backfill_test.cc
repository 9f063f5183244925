// A new index over a table with data: filled in steps, kept up by writers from its first moment, resumed after a
// restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include "engine_under_test.h"

namespace stator {
namespace {

using testing::HasSubstr;

constexpr const char* kIndex =
    R"({"TableName":"Tab","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":)"
    R"({"IndexName":"byG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]})";

std::string put(int key, const std::string& value) {
  return R"({"TableName":"Tab","Item":{"pk":{"S":"k)" + std::to_string(key) + R"("},"g":)" + value + "}}";
}

// What the index should hold of the items: those whose g is a string.
class Expected {
 public:
  void put(int key, const std::string& value) { items_[key] = value; }
  void erase(int key) { items_.erase(key); }
  int64_t with(const std::string& value) const {
    return std::count_if(items_.begin(), items_.end(), [&](const auto& item) { return item.second == value; });
  }

 private:
  std::map<int, std::string> items_;
};

std::string count_in_index(EngineUnderTest& server, const std::string& g) {
  return server
      .call("Query", R"({"TableName":"Tab","IndexName":"byG","Select":"COUNT","KeyConditionExpression":"g = :g",)"
                     R"("ExpressionAttributeValues":{":g":{"S":")" +
                         g + "\"}}}")
      .second;
}

TEST(Backfill, WritesMeanwhileAndWrongTypesComeOutRight) {
  EngineUnderTest server;
  ASSERT_EQ(server.call("CreateTable", kPlainTable).first, 200);
  std::mt19937 random(7);
  Expected expected;
  auto write_some = [&](int count) {
    for (int i = 0; i < count; ++i) {
      int key = static_cast<int>(random() % 1500);
      int kind = static_cast<int>(random() % 10);
      if (kind == 0) {
        server.call("DeleteItem", R"({"TableName":"Tab","Key":{"pk":{"S":"k)" + std::to_string(key) + "\"}}}");
        expected.erase(key);
        continue;
      }
      std::string value = kind == 1 ? R"({"N":"1"})" : R"({"S":"g)" + std::to_string(kind) + "\"}";
      if (server.call("PutItem", put(key, value)).first == 200) expected.put(key, value);
    }
  };
  write_some(3000);
  ASSERT_EQ(server.call("UpdateTable", kIndex).first, 200);
  EXPECT_THAT(server.call("DescribeTable", R"({"TableName":"Tab"})").second,
              HasSubstr(R"("IndexStatus":"CREATING","Backfilling":true)"));
  auto [status, refused] = server.call("PutItem", put(1, R"({"N":"1"})"));
  EXPECT_EQ(status, 400) << "an index key of the wrong type is refused from the first moment";
  write_some(500);  // before the first step
  server.maintenance.run_due();
  write_some(500);
  EXPECT_THAT(server.call("DescribeTable", R"({"TableName":"Tab"})").second, HasSubstr(R"("IndexStatus":"ACTIVE")"));
  for (int kind = 2; kind < 10; ++kind) {
    std::string g = "g" + std::to_string(kind);
    int64_t wanted = expected.with(R"({"S":")" + g + "\"}");
    EXPECT_THAT(count_in_index(server, g), HasSubstr("\"Count\":" + std::to_string(wanted) + ",")) << g;
  }
}

TEST(Backfill, ARestartGoesOnWhereTheServerStopped) {
  std::string folder = std::filesystem::temp_directory_path() / ("stator-backfill-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  {
    EngineUnderTest server({}, folder);
    ASSERT_EQ(server.call("CreateTable", kPlainTable).first, 200);
    for (int key = 0; key < 600; ++key) ASSERT_EQ(server.call("PutItem", put(key, R"({"S":"x"})")).first, 200);
    ASSERT_EQ(server.call("UpdateTable", kIndex).first, 200);
  }  // gone before a single step
  {
    EngineUnderTest server({}, folder);
    EXPECT_THAT(server.call("DescribeTable", R"({"TableName":"Tab"})").second,
                HasSubstr(R"("IndexStatus":"CREATING")"));
    server.maintenance.run_due();
    EXPECT_THAT(server.call("DescribeTable", R"({"TableName":"Tab"})").second, HasSubstr(R"("IndexStatus":"ACTIVE")"));
    EXPECT_THAT(count_in_index(server, "x"), HasSubstr(R"("Count":600,)"));
  }
  std::filesystem::remove_all(folder);
}

TEST(Backfill, DeletingTheIndexOrTheTableCancelsIt) {
  EngineUnderTest server;
  ASSERT_EQ(server.call("CreateTable", kPlainTable).first, 200);
  server.call("PutItem", put(1, R"({"S":"x"})"));
  ASSERT_EQ(server.call("UpdateTable", kIndex).first, 200);
  EXPECT_EQ(server.call("DeleteTable", R"({"TableName":"Tab"})").first, 400) << "not while an index is being made";
  EXPECT_EQ(
      server
          .call("UpdateTable", R"({"TableName":"Tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"byG"}}]})")
          .first,
      200);
  server.maintenance.run_due();
  EXPECT_THAT(server.call("DescribeTable", R"({"TableName":"Tab"})").second, testing::Not(HasSubstr("byG")));
  EXPECT_EQ(server.call("DeleteTable", R"({"TableName":"Tab"})").first, 200);
  server.maintenance.run_due();
  EXPECT_EQ(server.call("ListTables", "{}").second, R"({"TableNames":[]})");
}

}  // namespace
}  // namespace stator
