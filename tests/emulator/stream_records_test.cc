// Streams: which writes make which records, and in what order. The real clients are in tests/wire/test_streams.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "emulator/streams/stream_records.h"
#include "streams_under_test.h"

namespace stator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

TEST_F(Streams, ARecordHoldsWhatTheServiceTells) {
  const std::string arn = create();
  EXPECT_EQ(arn, "arn:aws:dynamodb:us-east-1:000000000000:table/Tab/stream/2023-11-14T22:13:20.000");
  put("x", R"(,"Message":{"S":"New item!"})");
  const std::string answer = records(arn);
  EXPECT_THAT(member(answer, "eventID"), MatchesRegex("[0-9a-f]{32}"));
  EXPECT_THAT(member(answer, "SequenceNumber"), MatchesRegex("[0-9]{21,40}"));
  const std::string rest = blanked(answer, {"eventID", "SequenceNumber"});
  EXPECT_THAT(
      rest,
      HasSubstr(
          R"({"eventID":"","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",)"
          R"("dynamodb":{"ApproximateCreationDateTime":1700000000,"Keys":{"a":{"N":"1"},"pk":{"S":"x"}},)"
          R"("NewImage":{"Message":{"S":"New item!"},"a":{"N":"1"},"pk":{"S":"x"}},)"
          R"("SequenceNumber":"","SizeBytes":28,"StreamViewType":"NEW_AND_OLD_IMAGES"}}])"));
}

TEST_F(Streams, EachViewTypeShowsItsImages) {
  struct View {
    std::string name;
    std::vector<std::string> sizes;  // of INSERT, MODIFY, REMOVE
    bool shows_new, shows_old;
  };
  // Keys: 6 bytes; the item: 6 and 4, then 6 and 5.
  for (const View& view :
       {View{"KEYS_ONLY", {"6", "6", "6"}, false, false}, View{"NEW_IMAGE", {"16", "17", "6"}, true, false},
        View{"OLD_IMAGE", {"6", "16", "17"}, false, true},
        View{"NEW_AND_OLD_IMAGES", {"16", "27", "17"}, true, true}}) {
    const std::string arn = create(view.name);
    put("x", R"(,"b":{"S":"one"})");
    put("x", R"(,"b":{"S":"four"})");
    erase("x");
    const std::string answer = records(arn);
    EXPECT_THAT(all(answer, "eventName"), ElementsAre("INSERT", "MODIFY", "REMOVE"));
    EXPECT_EQ(all(answer, "SizeBytes"), view.sizes) << view.name;
    EXPECT_THAT(all(answer, "NewImage"), SizeIs(view.shows_new ? 2 : 0)) << view.name;
    EXPECT_THAT(all(answer, "OldImage"), SizeIs(view.shows_old ? 2 : 0)) << view.name;
    EXPECT_THAT(answer, Not(HasSubstr("null")));
    ok("DeleteTable", R"({"TableName":"Tab"})");
  }
}

TEST_F(Streams, AWriteThatChangesNothingMakesNoRecord) {
  const std::string arn = create();
  put("x", R"(,"s":{"SS":["a","b"]},"n":{"N":"1"})");
  const std::string next = member(records(arn), "NextShardIterator");
  put("x", R"(,"n":{"N":"1.0"},"s":{"SS":["b","a"]})");
  update("x", "SET n = :v");
  erase("not there");
  ok("UpdateItem", R"({"TableName":"Tab","Key":{"pk":{"S":"x"},"a":{"N":"1"}}})");
  EXPECT_THAT(records_of(next), HasSubstr("\"Records\":[]"));
  update("x", "SET l = :v", R"({"L":[{"S":"a"},{"S":"b"}]})");
  update("x", "SET l = :v", R"({"L":[{"S":"b"},{"S":"a"}]})");  // the order of a list counts
  EXPECT_THAT(all(records_of(next), "eventName"), ElementsAre("MODIFY", "MODIFY"));
}

TEST_F(Streams, EveryKindOfWriteIsRecordedInItsOrder) {
  const std::string arn = create("KEYS_ONLY");
  update("u", "SET n = :v");
  ok("BatchWriteItem",
     R"({"RequestItems":{"Tab":[{"PutRequest":{"Item":{"pk":{"S":"b1"},"a":{"N":"1"}}}},)"
     R"({"PutRequest":{"Item":{"pk":{"S":"b2"},"a":{"N":"1"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"u"},"a":{"N":"1"}}}}]}})");
  ok("TransactWriteItems",
     R"({"TransactItems":[{"Put":{"TableName":"Tab","Item":{"pk":{"S":"t1"},"a":{"N":"1"}}}},)"
     R"({"Update":{"TableName":"Tab","Key":{"pk":{"S":"b1"},"a":{"N":"1"}},"UpdateExpression":"SET n = :v",)"
     R"("ExpressionAttributeValues":{":v":{"N":"1"}}}},)"
     R"({"ConditionCheck":{"TableName":"Tab","Key":{"pk":{"S":"none"},"a":{"N":"1"}},)"
     R"("ConditionExpression":"attribute_not_exists(#k) ","ExpressionAttributeNames":{"#k":"pk"}}},)"
     R"({"Delete":{"TableName":"Tab","Key":{"pk":{"S":"b2"},"a":{"N":"1"}}}}]})");
  const std::string answer = records(arn);
  EXPECT_THAT(all(answer, "eventName"),
              ElementsAre("INSERT", "INSERT", "INSERT", "REMOVE", "INSERT", "MODIFY", "REMOVE"));
  EXPECT_THAT(all(answer, "S"), ElementsAre("u", "b1", "b2", "u", "t1", "b1", "b2"));
  const std::vector<std::string> numbers = all(answer, "SequenceNumber");
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  EXPECT_EQ(std::adjacent_find(numbers.begin(), numbers.end()), numbers.end());
}

TEST_F(Streams, WhatDoesNotCommitIsNotRecorded) {
  const std::string arn = create();
  put("x");
  const std::string absent = "\"ConditionExpression\":\"attribute_not_exists(pk)\"}";
  server.call("PutItem", R"({"TableName":"Tab","Item":{"pk":{"S":"x"},"a":{"N":"1"},"n":{"N":"2"}},)" + absent);
  server.call("TransactWriteItems",
              R"({"TransactItems":[{"Put":{"TableName":"Tab","Item":{"pk":{"S":"y"},"a":{"N":"1"}}}},)"
              R"({"ConditionCheck":{"TableName":"Tab","Key":{"pk":{"S":"x"},"a":{"N":"1"}},)" +
                  absent + "}]}");
  put("z");
  EXPECT_THAT(all(records(arn), "S"), ElementsAre("x", "x", "z", "z"));  // Keys and NewImage
}

TEST_F(Streams, TimeToLiveSignsItsDeletions) {
  const std::string arn = create("OLD_IMAGE");
  ok("UpdateTimeToLive", R"({"TableName":"Tab","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"t"}})");
  put("x", R"(,"t":{"N":"1700000060"})");
  put("y");
  erase("y");
  pass(62'000);
  const std::string answer = records(arn);
  EXPECT_THAT(all(answer, "eventName"), ElementsAre("INSERT", "INSERT", "REMOVE", "REMOVE"));
  EXPECT_THAT(all(answer, "userIdentity"), SizeIs(1));
  EXPECT_THAT(answer,
              HasSubstr(R"("StreamViewType":"OLD_IMAGE"},"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com",)"
                        R"("Type":"Service"}}],)"));
}

TEST_F(Streams, NumbersGrowThoughTheClockIsSetBack) {
  const std::string arn = create("KEYS_ONLY");
  put("x");
  server.clock.ms -= 10 * kHourMs;
  put("y");
  server.clock.ms += 10 * kHourMs;
  put("z");
  const std::string answer = records(arn);
  EXPECT_THAT(all(answer, "S"), ElementsAre("x", "y", "z"));
  const std::vector<std::string> numbers = all(answer, "SequenceNumber");
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  stop();
  EXPECT_LT(numbers.back(), member(described(arn), "EndingSequenceNumber"));
}

TEST_F(Streams, ReadsThatAreBehindDoNotHoldBackRecords) {
  settings({.read_lag_ms = 500});
  const std::string arn = create();
  put("x");
  EXPECT_THAT(records(arn), HasSubstr("INSERT"));
  put("x", R"(,"n":{"N":"1"})");
  EXPECT_THAT(all(records(arn), "eventName"), ElementsAre("INSERT", "MODIFY"));
}

TEST(SequenceNumbers, ReadAsTheyAreWritten) {
  for (int64_t number : {int64_t{0}, int64_t{1}, int64_t{1234567890123}, INT64_MAX})
    EXPECT_EQ(read_sequence(sequence_text(number)), number);
  EXPECT_EQ(sequence_text(7), "100000000000000000007");
  EXPECT_EQ(read_sequence("000100000000000000000007"), 7);
  EXPECT_EQ(read_sequence("000000000000000000007"), 0);
  EXPECT_EQ(read_sequence("199999999999999999999"), INT64_MAX);
  EXPECT_EQ(read_sequence("200000000000000000000"), INT64_MAX);
  EXPECT_EQ(read_sequence("10000000000000000000x"), -1);
  EXPECT_EQ(read_sequence(""), -1);
}

}  // namespace
}  // namespace stator
