// Streams: where iterators begin, how pages end, and what becomes of a reader when the data goes from under it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "emulator/fixture/reset.h"
#include "streams_under_test.h"

namespace stator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST_F(Streams, PagesEndAtTheLimitAndAtAMegabyte) {
  const std::string arn = create("NEW_IMAGE");
  for (int i = 0; i < 7; ++i) put("x" + std::to_string(i));
  std::string next = iterator(arn), page;
  std::vector<std::string> keys;
  for (size_t expected : {3u, 3u, 1u, 0u}) {
    page = records_of(next, R"(,"Limit":3)");
    EXPECT_THAT(all(page, "eventID"), SizeIs(expected));
    next = member(page, "NextShardIterator");
  }
  const std::string big = R"(,"b":{"S":")" + std::string(350'000, 'b') + "\"}";
  for (int i = 0; i < 4; ++i) put("big" + std::to_string(i), big);
  page = records_of(next);
  EXPECT_THAT(all(page, "eventID"), SizeIs(2));  // three are more than 1,048,576
  page = records_of(member(page, "NextShardIterator"));
  EXPECT_THAT(all(page, "eventID"), SizeIs(2));
}

TEST_F(Streams, IteratorsOfAllTypesBeginWhereTheyShould) {
  const std::string arn = create("KEYS_ONLY");
  const std::string first = member(described(arn), "StartingSequenceNumber");
  const std::string at_first = at(arn, "AT_SEQUENCE_NUMBER", first);
  const std::string latest_of_none = iterator(arn, "LATEST");
  put("x");
  put("y");
  const std::string latest = iterator(arn, "LATEST");
  put("z");
  const std::string all_records = records(arn);
  EXPECT_THAT(all(all_records, "S"), ElementsAre("x", "y", "z"));
  EXPECT_THAT(all(records_of(at_first), "S"), ElementsAre("x", "y", "z"));
  EXPECT_THAT(all(records_of(latest_of_none), "S"), ElementsAre("x", "y", "z"));
  EXPECT_THAT(all(records_of(latest), "S"), ElementsAre("z"));
  const std::string second = all(all_records, "SequenceNumber")[1];
  EXPECT_THAT(all(records_of(at(arn, "AT_SEQUENCE_NUMBER", second)), "S"), ElementsAre("y", "z"));
  EXPECT_THAT(all(records_of(at(arn, "AFTER_SEQUENCE_NUMBER", second)), "S"), ElementsAre("z"));
  EXPECT_THAT(iterator(arn), testing::StartsWith(arn + "|1|"));
}

TEST_F(Streams, RefusalsOfIterators) {
  const std::string arn = create();
  put("x");
  const std::string sequence = R"(,"SequenceNumber":")";
  refused("GetShardIterator", iterator_request(arn, "AT_SEQUENCE_NUMBER"), "ValidationException", "SequenceNumber");
  refused("GetShardIterator", iterator_request(arn, "AT_SEQUENCE_NUMBER", sequence + std::string(21, 'x') + "\""),
          "ValidationException", "Invalid SequenceNumber");
  refused("GetShardIterator", iterator_request(arn, "AT_SEQUENCE_NUMBER", sequence + std::string(21, '9') + "\""),
          "ValidationException", "Invalid SequenceNumber");
  refused("GetShardIterator", iterator_request(arn, "AFTER_SEQUENCE_NUMBER", sequence + std::string(21, '0') + "\""),
          "TrimmedDataAccessException", "The data you are trying to access has been trimmed");
  refused("GetShardIterator",
          R"({"StreamArn":")" + arn +
              R"(","ShardId":"shardId-00000000000000000000-00000000","ShardIteratorType":"LATEST"})",
          "ResourceNotFoundException", "Requested resource not found: Shard does not exist");
  const std::string missing = arn + "1";
  refused("GetShardIterator",
          R"({"StreamArn":")" + missing +
              R"(","ShardId":"shardId-00000000000000000000-00000000","ShardIteratorType":"LATEST"})",
          "ResourceNotFoundException", "Requested resource not found: Stream: " + missing + " not found");
  refused("GetRecords", R"({"ShardIterator":"x"})", "ValidationException", "Invalid ShardIterator");
  std::string text = iterator(arn);
  text[text.size() - 8] = text[text.size() - 8] == 'A' ? 'B' : 'A';
  refused("GetRecords", R"({"ShardIterator":")" + text + "\"}", "ValidationException", "Invalid ShardIterator");
  refused("GetRecords", R"({"ShardIterator":"x","Limit":1001})", "ValidationException",
          "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: Member must have value "
          "less than or equal to 1000");
}

TEST_F(Streams, IteratorsExpireAfterAQuarterOfAnHour) {
  const std::string arn = create();
  put("x");
  const std::string old = iterator(arn);
  pass(15 * 60'000);
  EXPECT_THAT(records_of(old), HasSubstr("INSERT"));
  pass(1);
  refused("GetRecords", R"({"ShardIterator":")" + old + "\"}", "ExpiredIteratorException",
          "Shard iterator has expired");
}

TEST_F(Streams, AResetOfTheTablesItemsTakesTheRecordsToo) {
  const std::string arn = create("KEYS_ONLY");
  put("x");
  const std::string last = member(records(arn), "SequenceNumber");
  const std::string held = member(records(arn), "NextShardIterator");
  reset_table(server.engine, *scope(), "Tab");
  EXPECT_THAT(records(arn), HasSubstr("\"Records\":[]"));
  put("y");
  EXPECT_THAT(all(records(arn), "S"), ElementsAre("y"));
  EXPECT_THAT(all(records_of(held), "S"), ElementsAre("y"));
  EXPECT_THAT(all(records_of(at(arn, "AFTER_SEQUENCE_NUMBER", last)), "S"), ElementsAre("y"));
}

// A test restores a snapshot between its cases while the program under test goes on polling.
TEST_F(Streams, AReaderGoesOnAfterARestore) {
  const std::string arn = create("KEYS_ONLY");
  put("kept");
  server.engine.stores().snapshot("s");
  for (bool time_passes : {true, false}) {
    for (int i = 0; i < 5; ++i) put("undone" + std::to_string(i));
    std::string next = iterator(arn, "LATEST");
    server.engine.stores().restore("s");
    server.engine.forget_catalogs();
    if (time_passes)
      server.clock.ms += 1;
    else
      next = member(records_of(next), "NextShardIterator");
    put("after");
    EXPECT_THAT(all(records_of(next), "S"), ElementsAre("after"));
    EXPECT_THAT(all(records(arn), "S"), ElementsAre("kept", "after"));
  }
}

}  // namespace
}  // namespace stator
