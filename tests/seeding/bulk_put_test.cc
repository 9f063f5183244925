// Bulk puts carried out on an engine: what becomes of each record, what the report says of it, and that nothing is done
// twice.
#include <gmock/gmock.h>

#include "emulator/dispatcher.h"
#include "emulator/seeding/bulk_transfer.h"
#include "emulator/seeding/importer.h"
#include "emulator/seeding/input_file.h"
#include "emulator/seeding/ion_text.h"
#include "emulator/transfers/bulk_operation.h"
#include "files.h"
#include "in_process_call.h"

namespace stator::seeding {
namespace {

using testing::HasSubstr;
using testing::Not;

class HeldClock final : public Clock {
 public:
  int64_t now_ms() const override { return ms; }
  int64_t ms = 1'700'000'000'000;
};

constexpr std::string_view kTable = R"("TableName":"Tab","BillingMode":"PAY_PER_REQUEST",
  "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],
  "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],
  "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},
  "GlobalSecondaryIndexes":[{"IndexName":"byG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
                             "Projection":{"ProjectionType":"ALL"}}])";

class BulkWorld {
 public:
  BulkWorld() : engine(persistence::open_stores({}), clock, {}), dispatcher(engine) {
    files.write("out/.keep", "");
    EXPECT_THAT(call("CreateTable", "{" + std::string(kTable) + "}"), HasSubstr("TableArn"));
  }

  std::string call(std::string_view operation, std::string body) {
    return call_in_process(dispatcher, operation, std::move(body)).second;
  }

  std::string start(const std::string& more = {}, const std::string& input = R"("InputFormat":"DYNAMODB_JSON")") {
    return call("StartBulkPutItems", R"({"TableName":"Tab","InputS3Configuration":{"S3Bucket":"in",)" + input +
                                         R"(},"OutputS3Configuration":{"S3Bucket":"out","S3KeyPrefix":"a/b",)"
                                         R"("OutputType":["ERROR","CONDITION_CHECK_FAILURE"]})" +
                                         more + "}");
  }

  Scope& scope() { return *engine.find_scope({"000000000000", "us-east-1", ""}); }
  Transfer newest() {
    const auto documents = scope().store->read()->documents("bulk");
    return read_transfer(Transfer::Kind::kBulkPut, documents.back().first, documents.back().second);
  }
  // Carries the newest one out; `stopping` is asked before each record.
  Transfer run(const std::function<bool()>& stopping = [] { return false; }) {
    Transfer transfer = newest();
    carry_out_bulk_put(engine, engine.find_scope({"000000000000", "us-east-1", ""}), files.path(), transfer, stopping);
    return transfer;
  }
  BulkProgress progress() { return read_bulk_progress(newest().id, *scope().store->read()); }
  std::string item(const std::string& key) {
    return call("GetItem", R"({"TableName":"Tab","Key":{"p":{"S":")" + key + "\"}}}");
  }
  std::string unpacked(const std::string& name) {
    InputFile file(files.path("out/a/b/AWSDynamoDB/" + newest().id + "/" + name));
    std::string text;
    for (std::string_view piece = file.next(); !piece.empty(); piece = file.next()) text += piece;
    return text;
  }

  Files files;
  HeldClock clock;
  Engine engine;
  Dispatcher dispatcher;
};

TEST(BulkPut, PutsOverWhatIsThereAndReportsTheRest) {
  BulkWorld world;
  world.call("PutItem", R"({"TableName":"Tab","Item":{"p":{"S":"old"},"n":{"N":"1"}}})");
  world.files.write("in/a.json", R"~({"Item":{"p":{"S":"new"},"g":{"S":"x"}}}
{"Item":{"p":{"S":"old"},"n":{"N":"2"}}}
{"Item":{"p":{"S":"old"},"n":{"N":"3"}},"ConditionExpression":"#n < :n","ExpressionAttributeNames":{"#n":"n"},"ExpressionAttributeValues":{":n":{"N":"3"}}}
{"Item":{"p":{"S":"old"},"n":{"N":"4"}},"ConditionExpression":"attribute_not_exists(p)"}
{"Item":{"p":{"S":"absent"}},"ConditionExpression":"attribute_exists(p)"}
nonsense
{"Item":{"n":{"N":"1"}}}
{"Item":{"p":{"S":"q"}},"Condition":"attribute_exists(p)"}
{"Item":{"p":{"S":"q"}},"ConditionExpression":"p <"}
{"Item":{"p":{"S":"q"}},"ConditionExpression":"p = :v","ExpressionAttributeValues":[]}
{"p":{"S":"q"}}
)~");
  world.start();
  const Transfer done = world.run();
  EXPECT_EQ(transfer_status(done), "COMPLETED_WITH_ERRORS");
  const BulkProgress progress = world.progress();
  EXPECT_EQ(progress.items, 11);
  EXPECT_EQ(progress.failed, 6);
  EXPECT_EQ(progress.conditions, 2);
  EXPECT_EQ(progress.bytes, progress.total_bytes);
  EXPECT_EQ(progress.usage.table, 3 * 1024);
  EXPECT_EQ(progress.usage.global.at("byG"), 1024);
  EXPECT_EQ(progress.usage.total(), 4 * 1024);
  EXPECT_THAT(world.item("old"), HasSubstr(R"("n":{"N":"3"})"));
  EXPECT_EQ(world.item("absent"), "{}");
  EXPECT_EQ(world.item("q"), "{}");
  EXPECT_THAT(world.call("Query", R"({"TableName":"Tab","IndexName":"byG","KeyConditionExpression":"g = :g",
                                      "ExpressionAttributeValues":{":g":{"S":"x"}}})"),
              HasSubstr(R"("Count":1)"));

  EXPECT_EQ(world.unpacked("condition-check-failure/0.json.gz"),
            R"({"S3Key":"a.json","Line":4,"Item":{"p":{"S":"old"},"n":{"N":"4"}},)"
            R"("ExistingItem":{"n":{"N":"3"},"p":{"S":"old"}}})"
            "\n"
            R"({"S3Key":"a.json","Line":5,"Item":{"p":{"S":"absent"}}})"
            "\n");
  const std::string errors = world.unpacked("error/1.json.gz");
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 6);
  EXPECT_THAT(errors,
              HasSubstr(R"({"S3Key":"a.json","Line":6,"ErrorCode":"ValidationException","ErrorMessage":"not JSON"})"));
  EXPECT_THAT(errors, HasSubstr(R"("Line":7,"ErrorCode":"ValidationException","ErrorMessage":"One or more parameter )"
                                R"(values were invalid: Missing the key p in the item","Item":{"n":{"N":"1"}}})"));
  EXPECT_THAT(
      errors,
      HasSubstr(R"("Line":8,"ErrorCode":"ValidationException","ErrorMessage":"a record has no member Condition")"));
  EXPECT_THAT(errors,
              HasSubstr(R"("Line":9,"ErrorCode":"ValidationException","ErrorMessage":"Invalid ConditionExpression: )"));
  EXPECT_THAT(errors, HasSubstr(R"("Line":10,"ErrorCode":"SerializationException")"));
  EXPECT_THAT(world.unpacked("manifest-files.json"),
              HasSubstr(R"({"outputType":"CONDITION_CHECK_FAILURE","itemCount":2,)"));
  EXPECT_THAT(world.unpacked("manifest-summary.json"),
              HasSubstr(R"("processedItemCount":11,"failedItemCount":6,"conditionCheckFailureCount":2})"));
}

TEST(BulkPut, GoesOnWhereItWasStopped) {
  BulkWorld world;
  for (const char* name : {"in/1", "in/2", "in/3"}) {
    std::string text;
    for (int i = 0; i < 4; ++i)
      text += R"({"Item":{"p":{"S":")" + std::string(name) + std::to_string(i) +
              R"~("}},"ConditionExpression":"attribute_not_exists(p)"})~"
              "\n";
    world.files.write(name, text + "nonsense\n");
  }
  world.start();
  for (const int64_t stop : {2, 7, 8, 14}) {
    EXPECT_THROW(world.run([&] { return world.progress().items >= stop; }), Stopped);
    EXPECT_EQ(world.progress().items, stop);
  }
  const Transfer done = world.run();
  EXPECT_EQ(transfer_status(done), "COMPLETED_WITH_ERRORS");
  EXPECT_EQ(world.progress().items, 15);
  EXPECT_EQ(world.progress().failed, 3);
  EXPECT_EQ(world.progress().conditions, 0);
  EXPECT_THAT(world.call("Scan", R"({"TableName":"Tab","Select":"COUNT"})"), HasSubstr(R"("Count":12)"));
  const std::string errors = world.unpacked("error/0.json.gz");
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 3);
}

TEST(BulkPut, IsCancelledBetweenItems) {
  BulkWorld world;
  world.files.write("in/1", R"({"Item":{"p":{"S":"1"}}}
{"Item":{"p":{"S":"2"}}}
{"Item":{"p":{"S":"3"}}}
)");
  world.start();
  const std::string arn = R"({"BulkOperationArn":")" + world.newest().arn() + "\"}";
  int records = 0;
  Transfer done = world.run([&] {
    if (++records == 2) {
      EXPECT_THAT(world.call("CancelBulkOperation", arn), HasSubstr(R"("BulkOperationStatus":"CANCELLING")"));
      EXPECT_THAT(world.call("CancelBulkOperation", arn), HasSubstr(R"("BulkOperationStatus":"CANCELLING")"));
      EXPECT_THAT(world.call("DescribeBulkOperation", arn), Not(HasSubstr("EndTime")));
    }
    return false;
  });
  EXPECT_EQ(transfer_status(done), "CANCELLED");
  EXPECT_EQ(world.progress().items, 1);
  EXPECT_NE(world.item("1"), "{}");
  EXPECT_EQ(world.item("2"), "{}");
  EXPECT_THAT(world.unpacked("manifest-summary.json"), HasSubstr(R"("bulkOperationStatus":"CANCELLED")"));
  auto transaction = world.scope().store->write();
  put_transfer(done, *transaction);
  transaction->commit();
  transaction.reset();
  EXPECT_THAT(world.call("CancelBulkOperation", arn), HasSubstr("its status is CANCELLED"));
  EXPECT_THAT(world.call("DescribeBulkOperation", arn), HasSubstr(R"("FailureCode":"Cancelled")"));
}

TEST(BulkPut, ReadsIonAndWhatIsPacked) {
  BulkWorld world;
  world.files.write("in/1", gzip("$ion_1_0 {Item:{p:\"a\",n:1.5}}\n"
                                 "{ConditionExpression:\"#n < :n\",Item:{p:\"a\",n:3.},ExpressionAttributeNames:{'#n':"
                                 "\"n\"},ExpressionAttributeValues:{':n':2.}}\n"
                                 "{Item:{p:\"a\",n:4.},ConditionExpression:\"attribute_not_exists(p)\"}\n"
                                 "{Item:{p:sym}}\n"));
  world.start({}, R"("InputFormat":"ION","InputCompressionType":"GZIP")");
  EXPECT_EQ(transfer_status(world.run()), "COMPLETED_WITH_ERRORS");
  EXPECT_EQ(world.progress().items, 4);
  EXPECT_EQ(world.progress().conditions, 1);
  EXPECT_THAT(world.item("a"), HasSubstr(R"("n":{"N":"3"})"));
  EXPECT_THAT(world.unpacked("error/1.json.gz"), HasSubstr(R"("Line":4,)"));

  world.clock.ms += 1000;
  world.start();  // as JSON that is not packed
  EXPECT_EQ(transfer_status(world.run()), "COMPLETED_WITH_ERRORS");
  EXPECT_EQ(
      world.unpacked("error/0.json.gz"),
      R"({"S3Key":"1","ErrorCode":"ValidationException","ErrorMessage":"is not packed as InputCompressionType says"})"
      "\n");
}

TEST(BulkPut, FailsWithoutItsTableOrItsBuckets) {
  BulkWorld world;
  world.start();
  Transfer done = world.run();
  EXPECT_EQ(done.failure_code, "S3NoSuchBucket");
  world.files.write("in/1", "");
  done = world.run();
  EXPECT_EQ(done.failure_code, "S3NoSuchKey");
  world.files.write("in/1", R"({"Item":{"p":{"S":"1"}}})"
                            "\n");
  world.call("DeleteTable", R"({"TableName":"Tab"})");
  done = world.run();
  EXPECT_EQ(transfer_status(done), "FAILED");
  EXPECT_EQ(done.failure_code, "ResourceNotFoundException");
  EXPECT_EQ(world.progress().items, 0);
}

TEST(BulkPut, IsBegunOnceAndOnlyWhereItMay) {
  BulkWorld world;
  const std::string first = world.start(R"(,"ClientToken":"one")");
  EXPECT_THAT(first, HasSubstr(R"("BulkOperationStatus":"IN_PROGRESS")"));
  EXPECT_EQ(world.start(R"(,"ClientToken":"one")"), first);
  EXPECT_THAT(world.start(R"(,"ClientToken":"one","PerformanceTier":"ACCELERATED")"),
              HasSubstr("IdempotentParameterMismatchException"));
  world.clock.ms += 8 * 3600 * 1000LL;
  EXPECT_NE(world.start(R"(,"ClientToken":"one")"), first);
  EXPECT_THAT(world.start(R"(,"MaxWriteRequestUnits":1023)"),
              HasSubstr("Member must have value greater than or equal to 1024"));

  const std::string replica = R"({"TableName":"Tab","ReplicaUpdates":[{"Create":{"RegionName":"eu-west-1"}}]})";
  EXPECT_THAT(world.call("UpdateTable", replica), HasSubstr("ResourceInUseException"));
  for (const auto& [id, document] : world.scope().store->read()->documents("bulk")) {
    Transfer transfer = read_transfer(Transfer::Kind::kBulkPut, id, document);
    transfer.status = Transfer::Status::kCompleted;
    auto transaction = world.scope().store->write();
    put_transfer(transfer, *transaction);
    transaction->commit();
  }
  EXPECT_THAT(world.call("UpdateTable", replica), HasSubstr("eu-west-1"));
  EXPECT_THAT(world.start(), HasSubstr("ValidationException"));
  EXPECT_THAT(world.start(), HasSubstr("global table"));
}

TEST(BulkPut, WaitsForNoIndexThatIsBeingMade) {
  BulkWorld world;
  EXPECT_THAT(world.call("UpdateTable", R"({"TableName":"Tab",
    "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"h","AttributeType":"S"}],
    "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"byH","KeySchema":[{"AttributeName":"h","KeyType":"HASH"}],
      "Projection":{"ProjectionType":"ALL"}}}]})"),
              HasSubstr("byH"));
  EXPECT_THAT(world.start(), HasSubstr("ResourceInUseException"));
  EXPECT_THAT(world.call("StartBulkPutItems", R"({"TableName":"None","InputS3Configuration":{"S3Bucket":"in",
    "InputFormat":"ION"},"OutputS3Configuration":{"S3Bucket":"out","OutputType":["ERROR"]}})"),
              HasSubstr("ResourceNotFoundException"));
}

TEST(BulkPut, IsListedInPagesOfTen) {
  BulkWorld world;
  for (int i = 0; i < 12; ++i) {
    world.clock.ms += 1000;
    world.start();
  }
  const auto count = [](const std::string& page) {
    size_t found = 0;
    for (size_t at = page.find("BulkOperationArn"); at != std::string::npos; at = page.find("BulkOperationArn", at + 1))
      ++found;
    return found;
  };
  const std::string first = world.call("ListBulkOperations", "{}");
  EXPECT_EQ(count(first), 10u);
  EXPECT_LT(first.find(world.newest().id), first.find("bulk-operation/") + 16);  // the newest comes first
  const size_t token = first.find(R"("NextToken":")") + 13;
  const std::string second = world.call(
      "ListBulkOperations", R"({"NextToken":")" + first.substr(token, first.find('"', token) - token) + "\"}");
  EXPECT_EQ(count(second), 2u);
  EXPECT_THAT(second, Not(HasSubstr("NextToken")));
  EXPECT_EQ(count(world.call("ListBulkOperations", R"({"MaxResults":25})")), 12u);
}

TEST(BulkPut, AnIonRecordIsJson) {
  std::string json;
  EXPECT_EQ(ion_record_to_json(R"({Item:{p:"a"}, ConditionExpression : "c" , Other:"o",})", json), "");
  EXPECT_EQ(json, R"({"Item":{"p":{"S":"a"}},"ConditionExpression":"c","Other":"o"})");
  for (const char* line : {"{Item:1}", "{Item:{}} {}", "{ConditionExpression:1}", "{ExpressionAttributeNames:{a:1}}"})
    EXPECT_NE(ion_record_to_json(line, json), "") << line;
}

}  // namespace
}  // namespace stator::seeding
