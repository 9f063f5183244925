// Backups and point in time recovery under what is hard on them: tables that change while they are copied, restarts in
// the middle, time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include "emulator/backup/copy_job.h"
#include "engine_under_test.h"

namespace stator {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kBackedUpTable =
    R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],)"
    R"("AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"g","AttributeType":"S"}],)"
    R"("LocalSecondaryIndexes":[{"IndexName":"loc","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"g","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}],)"
    R"("GlobalSecondaryIndexes":[{"IndexName":"glo","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]})";

std::string put(int key, int value, const std::string& filler = {}) {
  return R"({"TableName":"Tab","Item":{"pk":{"S":"k)" + std::to_string(key % 7) + R"("},"sk":{"N":")" +
         std::to_string(key) + R"("},"g":{"S":"g)" + std::to_string(value) + R"("},"filler":{"S":")" + filler + "\"}}}";
}
std::string erase(int key) {
  return R"({"TableName":"Tab","Key":{"pk":{"S":"k)" + std::to_string(key % 7) + R"("},"sk":{"N":")" +
         std::to_string(key) + "\"}}}";
}

std::string text_member(const std::string& body, const std::string& name) {
  const size_t at = body.find("\"" + name + "\":\"");
  if (at == std::string::npos) return {};
  const size_t from = at + name.size() + 4;
  return body.substr(from, body.find('"', from) - from);
}

// The items of a table or index as one text, page by page.
std::string items_of(EngineUnderTest& server, const std::string& table, const std::string& index = {}) {
  std::string all, start;
  do {
    auto [status, body] = server.call("Scan", R"({"TableName":")" + table + "\"" +
                                                  (index.empty() ? "" : R"(,"IndexName":")" + index + "\"") +
                                                  (start.empty() ? "" : ",\"ExclusiveStartKey\":" + start) + "}");
    if (status != 200) return body;
    const size_t items = body.find("\"Items\":"), last = body.find("\"LastEvaluatedKey\":");
    all += body.substr(items, body.find("],", items) - items);
    start.clear();
    if (last == std::string::npos) break;
    const size_t open = last + 19;
    int depth = 0;
    for (size_t i = open; i < body.size(); ++i) {
      depth += body[i] == '{';
      depth -= body[i] == '}';
      if (depth == 0) {
        start = body.substr(open, i + 1 - open);
        break;
      }
    }
  } while (!start.empty());
  return all;
}

struct Images {
  std::string table, local, global;
  bool operator==(const Images&) const = default;
};
Images images(EngineUnderTest& server, const std::string& table) {
  return {items_of(server, table), items_of(server, table, "loc"), items_of(server, table, "glo")};
}

void write_at_random(EngineUnderTest& server, std::mt19937& random, int count, int keys, size_t filler = 0) {
  for (int i = 0; i < count; ++i) {
    const int key = static_cast<int>(random() % static_cast<unsigned>(keys));
    if (random() % 4 == 0)
      server.call("DeleteItem", erase(key));
    else
      server.call("PutItem", put(key, static_cast<int>(random() % 5), std::string(filler, 'x')));
  }
}

TEST(Backup, OfATableThatChangesMeanwhileIsTheTableAtThatMoment) {
  EngineUnderTest server;
  ASSERT_EQ(server.call("CreateTable", kBackedUpTable).first, 200);
  std::mt19937 random(11);
  write_at_random(server, random, 9000, 9000, 2000);  // more than is copied within the request
  const Images then = images(server, "Tab");
  auto [status, made] = server.call("CreateBackup", R"({"TableName":"Tab","BackupName":"first"})");
  ASSERT_EQ(status, 200) << made;
  EXPECT_THAT(made, HasSubstr(R"("BackupStatus":"CREATING")"));
  const std::string arn = text_member(made, "BackupArn");
  const std::string by_arn = R"({"BackupArn":")" + arn + "\"}";
  EXPECT_THAT(server.call("DescribeBackup", by_arn).second, HasSubstr(R"("BackupStatus":"CREATING")"));
  EXPECT_THAT(server.call("CreateBackup", R"({"TableName":"Tab","BackupName":"second"})").second,
              HasSubstr("BackupInUseException"));
  EXPECT_THAT(server.call("DeleteTable", R"({"TableName":"Tab"})").second, HasSubstr("ResourceInUseException"));
  EXPECT_THAT(server.call("DeleteBackup", by_arn).second, HasSubstr("BackupInUseException"));

  auto scope = server.engine.find_scope({"000000000000", "us-east-1", ""});
  ASSERT_NE(scope, nullptr);
  for (bool more = true; more;) {
    const auto jobs = copy_jobs(*scope->store->read());
    more = !jobs.empty() && copy_step(*scope, jobs[0].id);
    if (more) write_at_random(server, random, 150, 9000);
  }
  EXPECT_THAT(server.call("DescribeBackup", by_arn).second, HasSubstr(R"("BackupStatus":"AVAILABLE")"));
  EXPECT_EQ(scope->catalog.find("Tab")->history, 0) << "nobody needs the table's history any more";
  EXPECT_NE(images(server, "Tab"), then);

  ASSERT_EQ(server.call("DeleteTable", R"({"TableName":"Tab"})").first, 200);
  server.maintenance.run_due();
  auto [restoring, restored] =
      server.call("RestoreTableFromBackup", R"({"TargetTableName":"Again","BackupArn":")" + arn + "\"}");
  ASSERT_EQ(restoring, 200) << restored;
  EXPECT_THAT(restored, HasSubstr(R"("TableStatus":"CREATING")"));
  EXPECT_THAT(restored, HasSubstr(R"("RestoreInProgress":true)"));
  server.maintenance.run_due();
  EXPECT_EQ(images(server, "Again"), then);
  EXPECT_THAT(server.call("DescribeTable", R"({"TableName":"Again"})").second, Not(HasSubstr("RestoreSummary")));
}

TEST(Backup, ARestartGoesOnWithTheCopy) {
  const std::string folder = std::filesystem::temp_directory_path() / ("stator-backup-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  Images then;
  std::string arn;
  {
    EngineUnderTest server({}, folder);
    ASSERT_EQ(server.call("CreateTable", kBackedUpTable).first, 200);
    std::mt19937 random(5);
    write_at_random(server, random, 1500, 20000, 8000);
    then = images(server, "Tab");
    arn = text_member(server.call("CreateBackup", R"({"TableName":"Tab","BackupName":"first"})").second, "BackupArn");
    EXPECT_THAT(server.call("DescribeBackup", R"({"BackupArn":")" + arn + "\"}").second, HasSubstr("CREATING"));
    write_at_random(server, random, 100, 20000);
  }
  {
    EngineUnderTest server({}, folder);
    server.call("ListTables", "{}");  // opens the scope
    server.maintenance.run_due();
    ASSERT_EQ(server.call("RestoreTableFromBackup", R"({"TargetTableName":"Again","BackupArn":")" + arn + "\"}").first,
              200);
  }
  {
    EngineUnderTest server({}, folder);
    server.call("ListTables", "{}");
    server.maintenance.run_due();
    EXPECT_EQ(images(server, "Again"), then);
  }
  std::filesystem::remove_all(folder);
}

TEST(Recovery, RestoresEveryMomentSinceItWasEnabled) {
  EngineUnderTest server;
  ASSERT_EQ(server.call("CreateTable", kBackedUpTable).first, 200);
  std::mt19937 random(3);
  write_at_random(server, random, 300, 200);
  EXPECT_THAT(server
                  .call("RestoreTableToPointInTime",
                        R"({"SourceTableName":"Tab","TargetTableName":"Nope","UseLatestRestorableTime":true})")
                  .second,
              HasSubstr("PointInTimeRecoveryUnavailableException"));
  const std::string enable =
      R"({"TableName":"Tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}})";
  ASSERT_EQ(server.call("UpdateContinuousBackups", enable).first, 200);
  std::map<int64_t, Images> moments;  // by the second
  for (int i = 0; i < 5; ++i) {
    moments[server.clock.ms / 1000] = images(server, "Tab");
    server.clock.ms += 2000;
    write_at_random(server, random, 80, 200);
    moments[server.clock.ms / 1000] = images(server, "Tab");
    server.clock.ms += 3000;
  }
  write_at_random(server, random, 80, 200);
  int number = 0;
  for (const auto& [second, image] : moments) {
    const std::string name = "At" + std::to_string(++number);
    auto [status, body] =
        server.call("RestoreTableToPointInTime", R"({"SourceTableName":"Tab","TargetTableName":")" + name +
                                                     R"(","RestoreDateTime":)" + std::to_string(second) + "}");
    ASSERT_EQ(status, 200) << body;
    EXPECT_EQ(images(server, name), image) << second;
  }
  ASSERT_EQ(server
                .call("RestoreTableToPointInTime",
                      R"({"SourceTableName":"Tab","TargetTableName":"Latest","UseLatestRestorableTime":true})")
                .first,
            200);
  EXPECT_EQ(images(server, "Latest"), images(server, "Tab"));
  for (int64_t second : {moments.begin()->first - 1, server.clock.ms / 1000 + 1})
    EXPECT_THAT(server
                    .call("RestoreTableToPointInTime",
                          R"({"SourceTableName":"Tab","TargetTableName":"Nope","RestoreDateTime":)" +
                              std::to_string(second) + "}")
                    .second,
                HasSubstr("InvalidRestoreTimeException"));
}

TEST(Recovery, ForgetsWhatIsOlderThanThePeriod) {
  EngineUnderTest server;
  ASSERT_EQ(server.call("CreateTable", kBackedUpTable).first, 200);
  ASSERT_EQ(
      server
          .call(
              "UpdateContinuousBackups",
              R"({"TableName":"Tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":1}})")
          .first,
      200);
  std::mt19937 random(3);
  write_at_random(server, random, 1200, 200);
  server.clock.ms += 12 * 3600 * 1000;
  server.call("PutItem", put(1, 1));
  auto scope = server.engine.find_scope({"000000000000", "us-east-1", ""});
  const persistence::SpaceId history = scope->catalog.find("Tab")->history;
  server.maintenance.run_due();
  EXPECT_GT(scope->store->read()->counts(history).rows, 1000);
  server.clock.ms += 13 * 3600 * 1000;
  server.maintenance.run_due();
  EXPECT_EQ(scope->store->read()->counts(history).rows, 1);
  EXPECT_THAT(
      server
          .call("UpdateContinuousBackups",
                R"({"TableName":"Tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":false}})")
          .second,
      Not(HasSubstr("DateTime")));
  EXPECT_EQ(scope->catalog.find("Tab")->history, 0);
}

TEST(Recovery, DeletingTheTableLeavesASystemBackupFor35Days) {
  EngineUnderTest server;
  ASSERT_EQ(server.call("CreateTable", kBackedUpTable).first, 200);
  std::mt19937 random(3);
  write_at_random(server, random, 300, 200);
  ASSERT_EQ(server
                .call("UpdateContinuousBackups",
                      R"({"TableName":"Tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}})")
                .first,
            200);
  const Images then = images(server, "Tab");
  ASSERT_EQ(server.call("DeleteTable", R"({"TableName":"Tab"})").first, 200);
  server.maintenance.run_due();
  EXPECT_THAT(server.call("ListBackups", "{}").second, HasSubstr("\"BackupSummaries\":[]"));
  const std::string listed = server.call("ListBackups", R"({"BackupType":"SYSTEM"})").second;
  EXPECT_THAT(listed, HasSubstr(R"("BackupName":"Tab$DeletedTableBackup")"));
  const std::string arn = text_member(listed, "BackupArn");
  EXPECT_EQ(server.call("DeleteBackup", R"({"BackupArn":")" + arn + "\"}").first, 400);
  ASSERT_EQ(server.call("RestoreTableFromBackup", R"({"TargetTableName":"Tab","BackupArn":")" + arn + "\"}").first,
            200);
  EXPECT_EQ(images(server, "Tab"), then);
  server.clock.ms += 35LL * 24 * 3600 * 1000;
  server.maintenance.run_due();
  EXPECT_THAT(server.call("ListBackups", R"({"BackupType":"ALL"})").second, HasSubstr("\"BackupSummaries\":[]"));
}

}  // namespace
}  // namespace stator
