// Streams: their states, how they are described and listed, and how records and whole streams are trimmed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "emulator/streams/stream.h"
#include "streams_under_test.h"

namespace stator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

TEST_F(Streams, RecordsAreTrimmedAfterADay) {
  const std::string arn = create("KEYS_ONLY");
  put("old");
  const std::string old = member(records(arn), "SequenceNumber");
  pass(23 * kHourMs);
  put("new");
  const std::string early = iterator(arn);
  pass(kHourMs);
  EXPECT_THAT(all(records(arn), "S"), ElementsAre("new"));
  refused("GetShardIterator", iterator_request(arn, "AT_SEQUENCE_NUMBER", R"(,"SequenceNumber":")" + old + "\""),
          "TrimmedDataAccessException", "trimmed");
  refused("GetRecords", R"({"ShardIterator":")" + early + "\"}", "ExpiredIteratorException", "expired");
  // An iterator that is young enough, and the records behind it are not.
  pass(23 * kHourMs - 60'000);
  const std::string young = iterator(arn);
  pass(60'000);
  refused("GetRecords", R"({"ShardIterator":")" + young + "\"}", "TrimmedDataAccessException", "trimmed");
  EXPECT_THAT(records(arn), HasSubstr("\"Records\":[]"));
  put("newest");
  EXPECT_THAT(all(records(arn), "S"), ElementsAre("newest"));
  for (int i = 0; i < 600; ++i) put("many" + std::to_string(i));
  pass(24 * kHourMs);
  EXPECT_THAT(records(arn), HasSubstr("\"Records\":[]"));
  auto reading = scope()->store->read();
  EXPECT_EQ(reading->counts(find_stream("Tab", parse_stream_arn(arn)->label, *reading)->space).rows, 0);
}

TEST_F(Streams, ADisabledStreamIsReadToItsEndAndGoesAfterADay) {
  const std::string arn = create("KEYS_ONLY");
  put("x");
  put("y");
  const std::string before = iterator(arn, "LATEST");
  stop();
  put("unseen");
  EXPECT_THAT(described(arn), HasSubstr(R"("StreamStatus":"DISABLED")"));
  EXPECT_THAT(member(described(arn), "EndingSequenceNumber"), MatchesRegex("[0-9]{21,40}"));
  std::string page = records_of(iterator(arn), R"(,"Limit":1)");
  EXPECT_THAT(all(page, "S"), ElementsAre("x"));
  page = records_of(member(page, "NextShardIterator"), R"(,"Limit":1)");
  EXPECT_THAT(all(page, "S"), ElementsAre("y"));
  EXPECT_THAT(page, Not(HasSubstr("NextShardIterator")));
  EXPECT_EQ(records_of(before), R"({"Records":[]})");

  server.clock.ms += 10;
  const std::string again =
      member(ok("UpdateTable",
                R"({"TableName":"Tab","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}})"),
             "LatestStreamArn");
  EXPECT_NE(again, arn);
  put("z");
  EXPECT_THAT(all(records(again), "eventName"), ElementsAre("INSERT"));
  EXPECT_THAT(all(records(arn), "S"), ElementsAre("x", "y"));
  EXPECT_THAT(all(ok("ListStreams", R"({"TableName":"Tab"})"), "StreamArn"), ElementsAre(arn, again));
  pass(24 * kHourMs);
  refused("DescribeStream", R"({"StreamArn":")" + arn + "\"}", "ResourceNotFoundException",
          "Requested resource not found: Stream: " + arn + " not found");
  EXPECT_THAT(all(ok("ListStreams", "{}"), "StreamArn"), ElementsAre(again));
}

TEST_F(Streams, ADeletedTablesStreamOutlivesItUnderItsOwnName) {
  const std::string arn = create("KEYS_ONLY");
  put("x");
  ok("DeleteTable", R"({"TableName":"Tab"})");
  const std::string second = create("KEYS_ONLY");  // under a clock that stands still
  EXPECT_NE(second, arn);
  put("y");
  EXPECT_THAT(all(records(arn), "S"), ElementsAre("x"));
  EXPECT_THAT(records(arn), Not(HasSubstr("NextShardIterator")));
  EXPECT_THAT(all(records(second), "S"), ElementsAre("y"));
  ok("DeleteTable", R"({"TableName":"Tab"})");
  pass(24 * kHourMs);
  EXPECT_EQ(ok("ListStreams", "{}"), R"({"Streams":[]})");
  auto reading = scope()->store->read();
  EXPECT_THAT(reading->documents("work"), IsEmpty());
}

TEST_F(Streams, StatesPassWithTheTables) {
  settings({.table_delay_ms = 1000});
  const std::string arn = create();
  EXPECT_THAT(described(arn), HasSubstr(R"("StreamStatus":"ENABLING")"));
  pass(1000);
  EXPECT_THAT(described(arn), HasSubstr(R"("StreamStatus":"ENABLED")"));
  stop();
  EXPECT_THAT(described(arn), HasSubstr(R"("StreamStatus":"DISABLING")"));
  pass(1000);
  EXPECT_THAT(described(arn), HasSubstr(R"("StreamStatus":"DISABLED")"));
  const std::string again =
      member(ok("UpdateTable",
                R"({"TableName":"Tab","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}})"),
             "LatestStreamArn");
  EXPECT_THAT(described(again), HasSubstr(R"("StreamStatus":"ENABLING")"));
  pass(1000);
  ok("DeleteTable", R"({"TableName":"Tab"})");
  EXPECT_THAT(described(again), HasSubstr(R"("StreamStatus":"DISABLING")"));
  pass(1000);
  EXPECT_THAT(described(again), HasSubstr(R"("StreamStatus":"DISABLED")"));
}

TEST_F(Streams, TheDescriptionIsWhole) {
  const std::string arn = create("OLD_IMAGE");
  const std::string answer = described(arn);
  EXPECT_THAT(member(answer, "ShardId"), MatchesRegex("shardId-00000001700000000000-[0-9a-f]{8}"));
  const std::string rest = blanked(answer, {"ShardId", "StartingSequenceNumber", "StreamArn"});
  EXPECT_EQ(
      rest,
      R"({"StreamDescription":{"CreationRequestDateTime":1700000000,"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},)"
      R"({"AttributeName":"a","KeyType":"RANGE"}],"Shards":[{"SequenceNumberRange":{"StartingSequenceNumber":""},)"
      R"("ShardId":""}],"StreamArn":"","StreamLabel":"2023-11-14T22:13:20.000","StreamStatus":"ENABLED",)"
      R"("StreamViewType":"OLD_IMAGE","TableName":"Tab"}})");
  const std::string shard = member(answer, "ShardId");
  const std::string request = R"({"StreamArn":")" + arn + "\",";
  EXPECT_THAT(ok("DescribeStream", request + R"("ExclusiveStartShardId":")" + shard + "\"}"),
              HasSubstr("\"Shards\":[]"));
  EXPECT_THAT(ok("DescribeStream", request + R"("ShardFilter":{"Type":"CHILD_SHARDS","ShardId":")" + shard + "\"}}"),
              HasSubstr("\"Shards\":[]"));
  EXPECT_THAT(ok("DescribeStream", request + R"("Limit":1})"), HasSubstr(shard));
  refused("DescribeStream", request + R"("Limit":101})", "ValidationException", "less than or equal to 100");
  refused("DescribeStream", request + R"("ShardFilter":{"Type":"PARENTS"}})", "ValidationException", "[CHILD_SHARDS]");
  refused("DescribeStream", R"({"StreamArn":"arn"})", "ValidationException", "greater than or equal to 37");
  refused("DescribeStream", R"({"StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab"})",
          "ValidationException", "Invalid StreamArn");
  const std::string elsewhere = std::regex_replace(arn, std::regex("us-east-1"), "eu-west-1");
  refused("DescribeStream", R"({"StreamArn":")" + elsewhere + "\"}", "ResourceNotFoundException",
          "Stream: " + elsewhere + " not found");
}

TEST_F(Streams, ListsThemInPages) {
  EXPECT_EQ(ok("ListStreams", "{}"), R"({"Streams":[]})");
  std::vector<std::string> made;
  for (const char* name : {"Tab-2", "Tab.3", "Tab", "Tab4"}) made.push_back(create("KEYS_ONLY", name));
  std::vector<std::string> listed;
  std::string start;
  for (int pages = 0; pages < 10; ++pages) {
    const std::string page = ok(
        "ListStreams", start.empty() ? R"({"Limit":2})" : R"({"Limit":2,"ExclusiveStartStreamArn":")" + start + "\"}");
    for (const std::string& arn : all(page, "StreamArn")) listed.push_back(arn);
    start = member(page, "LastEvaluatedStreamArn");
    if (start.empty()) break;
  }
  EXPECT_THAT(listed, testing::UnorderedElementsAreArray(made));
  EXPECT_THAT(all(ok("ListStreams", R"({"TableName":"Tab"})"), "TableName"), ElementsAre("Tab"));
  EXPECT_THAT(
      all(ok("ListStreams", R"({"TableName":"Tab","ExclusiveStartStreamArn":")" + made[2] + "\"}"), "TableName"),
      IsEmpty());
  EXPECT_EQ(ok("ListStreams", R"({"TableName":"None"})"), R"({"Streams":[]})");
}

// Versions before streams could be read kept no document of them, and a table's description names the space all the
// same.
TEST_F(Streams, AStreamThatAnOlderVersionEnabledIsTakenOver) {
  const std::string arn = create("KEYS_ONLY");
  put("before");
  {
    auto transaction = scope()->store->write();
    transaction->erase_document(kStreamDocument, stream_document_id("Tab", parse_stream_arn(arn)->label));
    transaction->erase_document("work", kStreamsWork);
    transaction->commit();
  }
  persistence::settle();
  scope()->forget();
  put("after");
  EXPECT_THAT(all(ok("ListStreams", "{}"), "StreamArn"), ElementsAre(arn));
  EXPECT_THAT(all(records(arn), "S"), ElementsAre("before", "after"));
  pass(24 * kHourMs);
  EXPECT_THAT(records(arn), HasSubstr("\"Records\":[]"));
}

TEST(StreamArns, TakenApart) {
  const auto name =
      parse_stream_arn("arn:aws:dynamodb:us-east-1:123456789012:table/Tab/stream/2015-05-11T21:21:33.291");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->region, "us-east-1");
  EXPECT_EQ(name->account, "123456789012");
  EXPECT_EQ(name->table, "Tab");
  EXPECT_EQ(name->label, "2015-05-11T21:21:33.291");
  for (const char* text : {"", "arn:aws:dynamodb:r:a:table/Tab", "arn:aws:dynamodb:r:a:table/Tab/stream/",
                           "arn:aws:dynamodb:r:a:table//stream/x", "arn:aws:kinesis:r:a:table/Tab/stream/x", "arn:aws"})
    EXPECT_FALSE(parse_stream_arn(text)) << text;
}

}  // namespace
}  // namespace stator
