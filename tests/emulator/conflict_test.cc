// What meets a transaction that is under way. The claim is held open by a hook, never by luck.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "engine_under_test.h"

namespace stator {
namespace {

using testing::HasSubstr;

constexpr const char* kTransaction =
    R"({"TransactItems":[{"Put":{"TableName":"Tab","Item":{"pk":{"S":"a"},"by":{"S":"transaction"}}}},)"
    R"({"Put":{"TableName":"Tab","Item":{"pk":{"S":"b"}}}}]})";
constexpr const char* kRival =
    R"({"TransactItems":[{"Put":{"TableName":"Tab","Item":{"pk":{"S":"c"}}}},{"Delete":{"TableName":"Tab","Key":{"pk":{"S":"a"}}}}]})";

TEST(Conflict, EverythingThatMeetsAClaimIsToldSoAndPlainReadsAreNot) {
  EngineUnderTest* server = nullptr;
  std::atomic<int> calls{0};
  EngineOptions options;
  auto meet_the_claim = [&] {
    auto [put_status, put] = server->call("PutItem", R"({"TableName":"Tab","Item":{"pk":{"S":"a"}}})");
    EXPECT_EQ(put_status, 400);
    EXPECT_THAT(put, HasSubstr("TransactionConflictException"));
    auto [rival_status, rival] = server->call("TransactWriteItems", kRival);
    EXPECT_EQ(rival_status, 400);
    EXPECT_THAT(rival, HasSubstr("[None, TransactionConflict]"));
    auto [get_status, get] =
        server->call("TransactGetItems", R"({"TransactItems":[{"Get":{"TableName":"Tab","Key":{"pk":{"S":"b"}}}}]})");
    EXPECT_EQ(get_status, 400);
    EXPECT_THAT(get, HasSubstr("[TransactionConflict]"));
    auto [read_status, read] = server->call("GetItem", R"({"TableName":"Tab","Key":{"pk":{"S":"a"}}})");
    EXPECT_EQ(read_status, 200);
    EXPECT_EQ(read, "{}");
    auto [other_status, other] = server->call("PutItem", R"({"TableName":"Tab","Item":{"pk":{"S":"free"}}})");
    EXPECT_EQ(other_status, 200) << other;
    auto [batch_status, batch] = server->call(
        "BatchWriteItem",
        R"({"RequestItems":{"Tab":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"PutRequest":{"Item":{"pk":{"S":"d"}}}}]}})");
    EXPECT_EQ(batch_status, 200);
    EXPECT_THAT(batch, HasSubstr(R"("UnprocessedItems":{"Tab":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}}]})"));
  };
  options.after_claim = [&] {
    // On a thread of its own, as other clients' requests are: a thread has one request at a time.
    if (calls++ == 0) std::thread(meet_the_claim).join();
  };
  EngineUnderTest under_test(options);
  server = &under_test;
  ASSERT_EQ(under_test.call("CreateTable", kPlainTable).first, 200);
  auto [status, answer] = under_test.call("TransactWriteItems", kTransaction);
  EXPECT_EQ(status, 200) << answer;
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(under_test.call("GetItem", R"({"TableName":"Tab","Key":{"pk":{"S":"a"}}})").second,
              HasSubstr("transaction"));
  EXPECT_EQ(under_test.call("TransactWriteItems", kRival).first, 200) << "the claims were let go";
}

TEST(Conflict, StatementsClaimAndMeetClaimsLikeOtherWrites) {
  EngineUnderTest* server = nullptr;
  std::atomic<int> calls{0};
  EngineOptions options;
  auto meet_the_claim = [&] {
    auto [status, update] = server->call("ExecuteStatement", R"({"Statement":"UPDATE Tab SET x = 1 WHERE pk = 'a'"})");
    EXPECT_EQ(status, 400);
    EXPECT_THAT(update, HasSubstr("TransactionConflictException"));
    EXPECT_THAT(
        server->call("BatchExecuteStatement", R"({"Statements":[{"Statement":"DELETE FROM Tab WHERE pk = 'a'"}]})")
            .second,
        HasSubstr(R"("Code":"TransactionConflict")"));
    EXPECT_THAT(
        server
            ->call("ExecuteTransaction", R"({"TransactStatements":[{"Statement":"DELETE FROM Tab WHERE pk = 'c'"},)"
                                         R"({"Statement":"DELETE FROM Tab WHERE pk = 'a'"}]})")
            .second,
        HasSubstr("[None, TransactionConflict]"));
    EXPECT_THAT(
        server
            ->call("ExecuteTransaction", R"({"TransactStatements":[{"Statement":"SELECT * FROM Tab WHERE pk = 'a'"}]})")
            .second,
        HasSubstr("[TransactionConflict]"));
    EXPECT_EQ(server->call("ExecuteStatement", R"({"Statement":"SELECT * FROM Tab WHERE pk = 'a'"})").second,
              R"({"Items":[]})");
  };
  options.after_claim = [&] {
    if (calls++ == 0) std::thread(meet_the_claim).join();
  };
  EngineUnderTest under_test(options);
  server = &under_test;
  ASSERT_EQ(under_test.call("CreateTable", kPlainTable).first, 200);
  auto [status, answer] = under_test.call(
      "ExecuteTransaction", R"({"TransactStatements":[{"Statement":"INSERT INTO Tab VALUE {'pk': 'a', 'x': 5}"}]})");
  EXPECT_EQ(status, 200) << answer;
  EXPECT_GE(calls, 1);
  EXPECT_THAT(under_test.call("GetItem", R"({"TableName":"Tab","Key":{"pk":{"S":"a"}}})").second, HasSubstr("\"5\""));
}

TEST(Conflict, SerializedTransactionsWaitInstead) {
  EngineOptions options;
  options.serialize_transactions = true;
  std::promise<void> claimed, go_on;
  std::atomic<int> calls{0};
  options.after_claim = [&] {
    if (calls++ != 0) return;
    claimed.set_value();
    go_on.get_future().wait();
  };
  EngineUnderTest server(options);
  ASSERT_EQ(server.call("CreateTable", kPlainTable).first, 200);
  auto first = std::async(std::launch::async, [&] { return server.call("TransactWriteItems", kTransaction).first; });
  claimed.get_future().wait();
  auto second = std::async(std::launch::async, [&] { return server.call("TransactWriteItems", kRival).first; });
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  go_on.set_value();
  EXPECT_EQ(first.get(), 200);
  EXPECT_EQ(second.get(), 200);
  EXPECT_EQ(server.call("GetItem", R"({"TableName":"Tab","Key":{"pk":{"S":"a"}}})").second, "{}");
}

TEST(Conflict, ATokenIsGoodForTenMinutesAndForOneRequest) {
  EngineUnderTest server;
  ASSERT_EQ(server.call("CreateTable", kPlainTable).first, 200);
  auto add = [&](const char* by, const char* more = "") {
    return server.call(
        "TransactWriteItems",
        std::string(R"({"ClientRequestToken":"t",)") + more +
            R"("TransactItems":[{"Update":{"TableName":"Tab","Key":{"pk":{"S":"n"}},"UpdateExpression":"ADD n :x",)"
            R"("ExpressionAttributeValues":{":x":{"N":")" +
            by + "\"}}}}]}");
  };
  auto stored = [&] {
    return server.call("GetItem", R"({"TableName":"Tab","Key":{"pk":{"S":"n"}},"ProjectionExpression":"n"})").second;
  };
  EXPECT_EQ(add("1").first, 200);
  server.clock.ms += 9 * 60'000;
  // A replay costs reads: twice a unit, whatever the write cost.
  EXPECT_THAT(add("1", R"("ReturnConsumedCapacity":"TOTAL",)").second, HasSubstr(R"("ReadCapacityUnits":2.0)"));
  EXPECT_EQ(stored(), R"({"Item":{"n":{"N":"1"}}})");
  auto [status, other] = add("2");
  EXPECT_EQ(status, 400);
  EXPECT_THAT(other, HasSubstr("IdempotentParameterMismatchException"));
  server.clock.ms += 2 * 60'000;
  EXPECT_EQ(add("1").first, 200);
  EXPECT_EQ(stored(), R"({"Item":{"n":{"N":"2"}}})");
}

}  // namespace
}  // namespace stator
