// Reads that are behind: what they show is the state of that long ago, of tables and indexes alike, page by page and in
// both directions; ConsistentRead sees everything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "engine_under_test.h"
#include "protocol/json/json_value.h"

namespace stator {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kLag = 100;
constexpr const char* kLaggingTable =
    R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},)"
    R"({"AttributeName":"sk","KeyType":"RANGE"}],"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},)"
    R"({"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"g","AttributeType":"S"}],)"
    R"("LocalSecondaryIndexes":[{"IndexName":"local","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},)"
    R"({"AttributeName":"g","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}],)"
    R"("GlobalSecondaryIndexes":[{"IndexName":"global","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],)"
    R"("Projection":{"ProjectionType":"ALL"}}]})";

class ReadLag : public testing::TestWithParam<bool> {  // on disk or in memory
 protected:
  ReadLag() : server({}, folder()) {
    server.call("CreateTable", kLaggingTable);
    server.engine.spaces().main()->apply({.read_lag_ms = kLag});
  }
  ~ReadLag() override { std::filesystem::remove_all(path_); }
  std::string folder() {
    if (!GetParam()) return {};
    path_ = testing::TempDir() + "read-lag-" + std::to_string(::getpid());
    return path_;
  }
  std::string ok(const char* operation, const std::string& body) {
    auto [status, answer] = server.call(operation, body);
    EXPECT_EQ(status, 200) << answer;
    return answer;
  }
  std::string get(const std::string& key, bool consistent) {
    return ok("GetItem", R"({"TableName":"Tab","Key":{"pk":{"S":")" + key + R"("},"sk":{"N":"1"}},"ConsistentRead":)" +
                             (consistent ? "true}" : "false}"));
  }
  void put(const std::string& key, const std::string& value) {
    ok("PutItem",
       R"({"TableName":"Tab","Item":{"pk":{"S":")" + key + R"("},"sk":{"N":"1"},"g":{"S":")" + value + "\"}}}");
  }

  std::string path_;
  EngineUnderTest server;
};

TEST_P(ReadLag, AnItemIsSeenAtOnceOrLater) {
  put("a", "one");
  EXPECT_THAT(get("a", true), HasSubstr("one"));
  EXPECT_EQ(get("a", false), "{}");
  server.clock.ms += kLag - 1;
  EXPECT_EQ(get("a", false), "{}");
  put("a", "two");
  server.clock.ms += 1;
  EXPECT_THAT(get("a", false), HasSubstr("one"));
  server.clock.ms += kLag;
  EXPECT_THAT(get("a", false), HasSubstr("two"));
  ok("DeleteItem", R"({"TableName":"Tab","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}})");
  EXPECT_EQ(get("a", true), "{}");
  EXPECT_THAT(get("a", false), HasSubstr("two"));
  server.clock.ms += kLag;
  EXPECT_EQ(get("a", false), "{}");
}

TEST_P(ReadLag, ConditionsTransactionsAndBatchesReadWhatTheyShould) {
  put("a", "one");
  EXPECT_EQ(server
                .call("PutItem", R"({"TableName":"Tab","Item":{"pk":{"S":"a"},"sk":{"N":"1"}},)"
                                 R"json("ConditionExpression":"attribute_not_exists(pk)"})json")
                .first,
            400)
      << "a condition sees the item as it is";
  std::string key = R"({"pk":{"S":"a"},"sk":{"N":"1"}})";
  EXPECT_THAT(ok("TransactGetItems", R"({"TransactItems":[{"Get":{"TableName":"Tab","Key":)" + key + "}}]}"),
              HasSubstr("one"));
  std::string batch = R"({"RequestItems":{"Tab":{"Keys":[)" + key + "]";
  EXPECT_THAT(ok("BatchGetItem", batch + "}}}"), Not(HasSubstr("one")));
  EXPECT_THAT(ok("BatchGetItem", batch + R"(,"ConsistentRead":true}}})"), HasSubstr("one"));
}

TEST_P(ReadLag, TheOldestOfSeveralChangesCounts) {
  put("a", "one");
  server.clock.ms += kLag;
  for (int i = 0; i < 5; ++i) {
    put("a", "later" + std::to_string(i));
    server.clock.ms += 1;
  }
  EXPECT_THAT(get("a", false), HasSubstr("one"));
}

TEST_P(ReadLag, SwitchedOffEverythingIsSeen) {
  put("a", "one");
  server.engine.spaces().main()->apply({});
  EXPECT_THAT(get("a", false), HasSubstr("one"));
}

// Random changes and pauses, every state remembered: each read that is behind must show the state of kLag ago.
TEST_P(ReadLag, EveryPageShowsOnePastState) {
  std::mt19937 random(11);
  auto dice = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  using Items = std::map<std::pair<int, int>, std::string>;  // pk, sk -> g
  Items items;
  std::map<int64_t, Items> history{{server.clock.ms - 10 * kLag, {}}};

  auto show = [&](std::string_view operation, std::string request) {
    std::string shown, more;
    do {
      auto [status, body] = server.call(operation, request + more + "}");
      EXPECT_EQ(status, 200) << body;
      Arena arena;
      JsonParse answer = parse_json(body, arena);
      for (const JsonValue& item : answer.root.find("Items")->elements())
        shown += std::string(item.find("pk")->find("S")->text()) + "/" +
                 std::string(item.find("sk")->find("N")->text()) + "=" +
                 std::string(item.find("g")->find("S")->text()) + " ";
      more.clear();
      if (const JsonValue* last = answer.root.find("LastEvaluatedKey")) {
        more = R"(,"ExclusiveStartKey":)";
        append_json(*last, more);
      }
    } while (!more.empty());
    return shown;
  };
  for (int step = 0; step < 600; ++step) {
    int pk = dice(3), sk = dice(8);
    std::string key = R"("pk":{"S":"p)" + std::to_string(pk) + R"("},"sk":{"N":")" + std::to_string(sk) + "\"}";
    if (dice(4) == 0) {
      ok("DeleteItem", R"({"TableName":"Tab","Key":{)" + key + "}}");
      items.erase({pk, sk});
    } else {
      std::string g = "g" + std::to_string(dice(3));
      ok("PutItem", R"({"TableName":"Tab","Item":{)" + key + R"(,"g":{"S":")" + g + "\"}}}");
      items[{pk, sk}] = g;
    }
    history[server.clock.ms] = items;
    server.clock.ms += dice(3) == 0 ? dice(40) : 0;

    const Items& then = std::prev(history.upper_bound(server.clock.ms - kLag))->second;
    std::string forward, backward, of_g;
    for (const auto& [k, g] : then) {
      std::string text = "p" + std::to_string(k.first) + "/" + std::to_string(k.second) + "=" + g + " ";
      if (k.first == pk) {
        forward += text;
        backward = text + backward;
      }
    }
    std::string query = R"({"TableName":"Tab","Limit":3,"KeyConditionExpression":"pk = :p",)"
                        R"("ExpressionAttributeValues":{":p":{"S":"p)" +
                        std::to_string(pk) + "\"}}";
    EXPECT_EQ(show("Query", query), forward) << step;
    EXPECT_EQ(show("Query", query + R"(,"ScanIndexForward":false)"), backward) << step;
    std::multiset<std::string> wanted, found;
    for (const auto& [k, g] : then)
      if (g == "g1") wanted.insert("p" + std::to_string(k.first) + "/" + std::to_string(k.second));
    std::string all = show("Query", R"({"TableName":"Tab","IndexName":"global","KeyConditionExpression":"g = :g",)"
                                    R"("ExpressionAttributeValues":{":g":{"S":"g1"}})");
    for (size_t at = 0; at < all.size(); at = all.find(' ', at) + 1)
      found.insert(all.substr(at, all.find('=', at) - at));
    EXPECT_EQ(found, wanted) << step;
    size_t local = 0;
    for (const auto& [k, g] : then) local += k.first == pk;
    std::string in_local = show("Query", R"({"TableName":"Tab","IndexName":"local","KeyConditionExpression":"pk = :p",)"
                                         R"("ExpressionAttributeValues":{":p":{"S":"p)" +
                                             std::to_string(pk) + "\"}}");
    EXPECT_EQ(static_cast<size_t>(std::count(in_local.begin(), in_local.end(), ' ')), local) << step;
    std::string now = show("Query", query + R"(,"ConsistentRead":true)");
    size_t present = 0;
    for (const auto& [k, g] : items) present += k.first == pk;
    EXPECT_EQ(static_cast<size_t>(std::count(now.begin(), now.end(), ' ')), present) << step;
    if (HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Where, ReadLag, testing::Bool(),
                         [](const auto& which) { return which.param ? "OnDisk" : "InMemory"; });

}  // namespace
}  // namespace stator
