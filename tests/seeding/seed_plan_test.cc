// What a folder holds: definitions, data files, exports.
#include "emulator/seeding/seed_plan.h"

#include "emulator/seeding/definitions.h"
#include "files.h"

namespace stator::seeding {
namespace {

constexpr std::string_view kCreate = R"({
  "TableName": "Orders",
  "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
  "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
  "BillingMode": "PAY_PER_REQUEST"
})";

constexpr std::string_view kSummary =
    R"({"tableArn":"arn:aws:dynamodb:us-east-1:123456789012:table/Shop","outputFormat":"DYNAMODB_JSON"})";

// "NAME[definition's place]: file(items) file ..." a line a table, then the notes.
std::string plan_text(const Files& files, const std::vector<std::string>& names, const PlanOptions& options = {}) {
  std::vector<std::string> paths;
  for (const std::string& name : names) paths.push_back(files.path(name));
  const auto without_folder = [&](std::string path) {
    for (size_t at; (at = path.find(files.path())) != std::string::npos;) path.erase(at, files.path().size() + 1);
    return path;
  };
  std::string out;
  try {
    const SeedPlan plan = plan_of(paths, options);
    for (const TableSeed& seed : plan.tables) {
      out += seed.name;
      if (seed.definition) out += "[" + without_folder(seed.definition->place) + "]";
      out += ":";
      for (const DataFile& file : seed.files) {
        out += " " + without_folder(file.path);
        if (file.items) out += "(" + std::to_string(*file.items) + ")";
      }
      out += "\n";
    }
    for (const std::string& note : plan.notes) out += without_folder(note) + "\n";
  } catch (const std::exception& error) {
    return "! " + without_folder(error.what());
  }
  return out;
}

TEST(SeedPlan, FindsEverythingInASeedFolder) {
  Files files;
  files.write("seed/Orders.json", kCreate);
  files.write("seed/Orders.jsonl.gz", gzip("{\"id\":\"1\"}\n"));
  files.write("seed/Orders/b.csv", "id\n2\n");
  files.write("seed/Orders/a.json", "[]");
  files.write("seed/Other.json", "[{\"id\":\"1\"}]");
  files.write("seed/template.yaml",
              "Resources:\n  Things:\n    Type: AWS::Serverless::SimpleTable\n    Properties: {TableName: things}\n");
  files.write("seed/.hidden.json", "{");
  files.write("seed/notes.md", "# notes");
  files.write("seed/AWSDynamoDB/1-a/manifest-summary.json", kSummary);
  files.write("seed/AWSDynamoDB/1-a/manifest-files.json",
              "{\"itemCount\":3,\"dataFileS3Key\":\"prefix/AWSDynamoDB/1-a/data/x.json.gz\"}\n");
  files.write("seed/AWSDynamoDB/1-a/data/x.json.gz", "");
  files.write("seed/AWSDynamoDB/1-a/data/not-in-the-manifest.json.gz", "");
  EXPECT_EQ(plan_text(files, {"seed"}),
            "Orders[seed/Orders.json:2]: seed/Orders/a.json seed/Orders/b.csv seed/Orders.jsonl.gz\n"
            "Other: seed/Other.json\n"
            "Shop: seed/AWSDynamoDB/1-a/data/x.json.gz(3)\n"
            "things[seed/template.yaml:3]:\n"
            "seed/notes.md: passed over, neither a template nor a data file by its name\n");
  EXPECT_EQ(plan_text(files, {"seed/AWSDynamoDB"}), "Shop: seed/AWSDynamoDB/1-a/data/x.json.gz(3)\n");
  EXPECT_EQ(plan_text(files, {"seed/AWSDynamoDB/1-a", "seed/Orders.json"}),
            "Orders[seed/Orders.json:2]:\nShop: seed/AWSDynamoDB/1-a/data/x.json.gz(3)\n");
  PlanOptions options;
  options.table = "Copy";
  EXPECT_EQ(plan_text(files, {"seed/AWSDynamoDB/1-a", "seed/Orders.json"}, options),
            "Copy[seed/Orders.json:2]: seed/AWSDynamoDB/1-a/data/x.json.gz(3)\n");
}

TEST(SeedPlan, SaysWhatIsWrongAndWhere) {
  Files files;
  EXPECT_EQ(plan_text(files, {"missing"}), "! missing: there is no such file or folder");
  files.write("a.txt", "");
  EXPECT_EQ(plan_text(files, {"a.txt"}).substr(0, 40), "! a.txt: neither a template nor a data f");
  files.write("one.json", kCreate);
  files.write("two.json", kCreate);
  EXPECT_EQ(plan_text(files, {"one.json", "two.json"}),
            "! two.json:2: table Orders is defined a second time, after one.json:2");
  files.write("import.yaml",
              "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
              "      TableName:\n        Fn::ImportValue: other-stack\n");
  EXPECT_NE(plan_text(files, {"import.yaml"}).find("import.yaml:6: "), std::string::npos)
      << plan_text(files, {"import.yaml"});

  files.write("e/manifest-summary.json", "{}");
  EXPECT_EQ(plan_text(files, {"e"}), "! e/manifest-summary.json:1: expected tableArn, the ARN of a table");
  files.write("e/manifest-summary.json", R"({"tableArn":"arn:aws:dynamodb:r:1:table/T","outputFormat":"ION"})");
  EXPECT_EQ(plan_text(files, {"e"}),
            "! e/manifest-summary.json:1: an export in format ION: only DYNAMODB_JSON can be read");
  files.write("e/manifest-summary.json",
              R"({"tableArn":"arn:aws:dynamodb:r:1:table/T","exportType":"INCREMENTAL_EXPORT"})");
  EXPECT_EQ(plan_text(files, {"e"}),
            "! e/manifest-summary.json:1: an incremental export: only full exports can be imported");
  files.write("e/manifest-summary.json", kSummary);
  files.write("e/manifest-files.json", "{\"itemCount\":1,\"dataFileS3Key\":\"a/data/gone.json.gz\"}");
  EXPECT_EQ(plan_text(files, {"e"}), "! e/manifest-files.json:1: names e/data/gone.json.gz, which is not there");
}

// Each form comes to the same request.
TEST(Definitions, DescribedAndRequestedAlike) {
  Files files;
  const std::string described = files.write("described.json", R"({
    "Table": {
      "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}, {"AttributeName": "b", "AttributeType": "N"}],
      "TableName": "T", "TableStatus": "ACTIVE", "CreationDateTime": 1600000000.5, "ItemCount": 3, "TableSizeBytes": 9,
      "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
      "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
      "GlobalSecondaryIndexes": [{"IndexName": "i", "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["c"]}, "IndexStatus": "ACTIVE", "ItemCount": 3,
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 1, "WriteCapacityUnits": 2}}],
      "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
      "TableClassSummary": {"TableClass": "STANDARD"}, "DeletionProtectionEnabled": false,
      "WarmThroughput": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
    },
    "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"},
    "Tags": [{"Key": "k", "Value": "v"}]
  })");
  const auto found = definitions_in(described, {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "T");
  EXPECT_EQ(found[0].place, described + ":4");
  EXPECT_EQ(
      found[0].create_table,
      R"({"TableName":"T","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},)"
      R"({"AttributeName":"b","AttributeType":"N"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],)"
      R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},"DeletionProtectionEnabled":false,)"
      R"("ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6},"GlobalSecondaryIndexes":[)"
      R"({"IndexName":"i","KeySchema":[{"AttributeName":"b","KeyType":"HASH"}],"Projection":)"
      R"({"ProjectionType":"INCLUDE","NonKeyAttributes":["c"]},"ProvisionedThroughput":)"
      R"({"ReadCapacityUnits":1,"WriteCapacityUnits":2}}],"TableClass":"STANDARD","Tags":[{"Key":"k","Value":"v"}]})");
  EXPECT_EQ(found[0].update_time_to_live,
            R"({"TableName":"T","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}})");

  const auto requested = definitions_in(files.write("requested.json", "[" + std::string(kCreate) + "]"), {});
  ASSERT_EQ(requested.size(), 1u);
  EXPECT_EQ(requested[0].name, "Orders");
  EXPECT_EQ(requested[0].create_table,
            R"({"TableName":"Orders","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],)"
            R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"})");
}

TEST(Definitions, AreToldFromItems) {
  Files files;
  EXPECT_TRUE(defines_tables(files.write("a.json", kCreate)));
  EXPECT_TRUE(defines_tables(files.write("a.json", R"({"Table":{"TableName":"T","KeySchema":[]}})")));
  EXPECT_TRUE(defines_tables(files.write("a.json", R"({"Resources":{}})")));
  EXPECT_TRUE(defines_tables(files.write("a.yaml", "")));
  for (const char* items : {"", "[]", "{\"id\":1}\n{\"id\":2}\n", "{\"TableName\":\"a\"}", "{\"Table\":{\"id\":1}}",
                            "[1]", "{\"Resources\":[1]}", "{"})
    EXPECT_FALSE(defines_tables(files.write("a.json", items))) << items;
  EXPECT_FALSE(defines_tables(files.write("a.jsonl", kCreate)));
}

}  // namespace
}  // namespace stator::seeding
