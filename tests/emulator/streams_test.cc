// Streams: which writes make which records, how they are read, trimmed and ended. Called in process; the real clients
// are in tests/wire/test_streams.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "emulator/fixture/reset.h"
#include "emulator/streams/shard_iterator.h"
#include "emulator/streams/stream.h"
#include "emulator/streams/stream_records.h"
#include "engine_under_test.h"

namespace stator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

constexpr int64_t kHourMs = 3600 * 1000;

// The value of the first member of that name behind `from`; strings without their quotes.
std::string member(const std::string& json, const std::string& name, size_t from = 0) {
  const std::string head = "\"" + name + "\":";
  size_t at = json.find(head, from);
  if (at == std::string::npos) return {};
  at += head.size();
  if (json[at] == '"') return json.substr(at + 1, json.find('"', at + 1) - at - 1);
  return json.substr(at, json.find_first_of(",}]", at) - at);
}

std::vector<std::string> all(const std::string& json, const std::string& name) {
  std::vector<std::string> values;
  for (size_t at = 0; (at = json.find("\"" + name + "\":", at)) != std::string::npos; ++at)
    values.push_back(member(json, name, at));
  return values;
}

// The first member of each name made an empty string.
std::string blanked(std::string json, std::initializer_list<std::string> names) {
  for (const std::string& name : names) {
    const std::string value = member(json, name);
    json.erase(json.find(value, json.find("\"" + name + "\":")), value.size());
  }
  return json;
}

class Streams : public testing::Test {
 protected:
  std::string ok(const std::string& operation, const std::string& body) {
    auto [status, answer] = server.call(operation, body);
    EXPECT_EQ(status, 200) << operation << ": " << answer;
    return answer;
  }
  void refused(const std::string& operation, const std::string& body, const std::string& error,
               const std::string& text) {
    auto [status, answer] = server.call(operation, body);
    EXPECT_EQ(status, 400) << operation << ": " << answer;
    EXPECT_THAT(answer, HasSubstr("#" + error + "\"")) << operation;
    EXPECT_THAT(answer, HasSubstr(text)) << operation;
  }
  // Makes a table with a stream and gives the stream's ARN.
  std::string create(const std::string& view = "NEW_AND_OLD_IMAGES", const std::string& name = "Tab") {
    return member(ok("CreateTable",
                     R"({"TableName":")" + name +
                         R"(","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},)"
                         R"({"AttributeName":"a","KeyType":"RANGE"}],"AttributeDefinitions":[{"AttributeName":"pk",)"
                         R"("AttributeType":"S"},{"AttributeName":"a","AttributeType":"N"}],"StreamSpecification":)"
                         R"({"StreamEnabled":true,"StreamViewType":")" +
                         view + R"("}})"),
                  "LatestStreamArn");
  }
  void put(const std::string& pk, const std::string& rest = "", const std::string& table = "Tab") {
    ok("PutItem", R"({"TableName":")" + table + R"(","Item":{"pk":{"S":")" + pk + R"("},"a":{"N":"1"})" + rest + "}}");
  }
  void update(const std::string& pk, const std::string& expression, const std::string& value = R"({"N":"1"})") {
    ok("UpdateItem", R"({"TableName":"Tab","Key":{"pk":{"S":")" + pk + R"("},"a":{"N":"1"}},"UpdateExpression":")" +
                         expression + R"(","ExpressionAttributeValues":{":v":)" + value + "}}");
  }
  void erase(const std::string& pk) {
    ok("DeleteItem", R"({"TableName":"Tab","Key":{"pk":{"S":")" + pk + R"("},"a":{"N":"1"}}})");
  }
  std::string described(const std::string& arn) { return ok("DescribeStream", R"({"StreamArn":")" + arn + "\"}"); }
  std::string iterator_request(const std::string& arn, const std::string& type, const std::string& more = "") {
    return R"({"StreamArn":")" + arn + R"(","ShardId":")" + member(described(arn), "ShardId") +
           R"(","ShardIteratorType":")" + type + "\"" + more + "}";
  }
  std::string iterator(const std::string& arn, const std::string& type = "TRIM_HORIZON", const std::string& more = "") {
    return member(ok("GetShardIterator", iterator_request(arn, type, more)), "ShardIterator");
  }
  std::string at(const std::string& arn, const std::string& type, const std::string& sequence) {
    return iterator(arn, type, R"(,"SequenceNumber":")" + sequence + "\"");
  }
  std::string records_of(const std::string& shard_iterator, const std::string& more = "") {
    return ok("GetRecords", R"({"ShardIterator":")" + shard_iterator + "\"" + more + "}");
  }
  std::string records(const std::string& arn) { return records_of(iterator(arn)); }
  std::string stop() {
    return ok("UpdateTable", R"({"TableName":"Tab","StreamSpecification":{"StreamEnabled":false}})");
  }
  void pass(int64_t ms) {
    server.clock.ms += ms;
    server.maintenance.run_due();
  }
  std::shared_ptr<Scope> scope() { return server.engine.find_scope({"000000000000", "us-east-1", ""}); }
  void settings(SpaceSettings given) { server.engine.spaces().main()->apply(given); }

  EngineUnderTest server;
};

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
