// Imports into an engine: the rows that come of it are those that PutItem makes, and a failure changes nothing.
#include "emulator/seeding/importer.h"

#include <map>

#include "emulator/dispatcher.h"
#include "emulator/maintenance.h"
#include "emulator/seeding/exporter.h"
#include "emulator/tables/table_spaces.h"
#include "emulator/writes/table_build.h"
#include "files.h"
#include "in_process_call.h"

namespace stator::seeding {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;

class FixedClock final : public Clock {
 public:
  int64_t now_ms() const override { return kNow; }
};

class SilentWatcher final : public ImportWatcher {
 public:
  void progress(const ImportProgress& progress) override { items = progress.items; }
  void note(const std::string& sentence) override { notes += sentence + "\n"; }
  bool stop() override { return items >= stop_at; }
  int64_t items = 0;
  int64_t stop_at = INT64_MAX;
  std::string notes;
};

constexpr std::string_view kDefinition = R"({
  "Table": {
    "TableName": "Tab",
    "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "N"},
                             {"AttributeName": "g", "AttributeType": "S"}, {"AttributeName": "l", "AttributeType": "N"}],
    "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    "LocalSecondaryIndexes": [{"IndexName": "local", "Projection": {"ProjectionType": "KEYS_ONLY"},
      "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "l", "KeyType": "RANGE"}]}],
    "GlobalSecondaryIndexes": [{"IndexName": "global", "Projection": {"ProjectionType": "ALL"},
      "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}]
  },
  "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
})";

std::string item(int i) {
  std::string text =
      "{\"p\":{\"S\":\"p" + std::to_string(i % 37) + "\"},\"s\":{\"N\":\"" + std::to_string(i / 37) + "\"}";
  if (i % 3 != 0) text += ",\"g\":{\"S\":\"g" + std::to_string(i % 11) + "\"}";
  if (i % 4 != 0) text += ",\"l\":{\"N\":\"" + std::to_string(i % 100 - 50) + "\"}";
  if (i % 5 == 0) text += ",\"ttl\":{\"N\":\"" + std::to_string(kNow / 1000 + i) + "\"}";
  return text + ",\"text\":{\"S\":\"" + std::string(static_cast<size_t>(i * 7 % 900), 'x') + "\"}}";
}

class World {
 public:
  explicit World(const std::string& folder = {})
      : engine(persistence::open_stores({.folder = folder}), clock, {}), dispatcher(engine) {}

  std::string call(std::string_view operation, std::string body) {
    return call_in_process(dispatcher, operation, std::move(body)).second;
  }

  // What was wrong, or empty.
  std::string import(const std::string& path, Existing existing = Existing::kRefuse, int64_t stop_at = INT64_MAX) {
    SilentWatcher watcher;
    watcher.stop_at = stop_at;
    try {
      import_tables(engine, plan_of({path}, {}), {"000000000000", "us-east-1", existing}, watcher);
    } catch (const Stopped&) {
      return "stopped";
    } catch (const std::exception& error) {
      return error.what();
    }
    notes = watcher.notes;
    return {};
  }

  Scope& scope() { return *engine.find_scope({"000000000000", "us-east-1", ""}); }
  TablePtr table(std::string_view name = "Tab") { return scope().catalog.find(name); }

  // Every row of every space of the table, the spaces in their order.
  std::vector<std::map<std::string, std::pair<uint32_t, std::string>>> rows(std::string_view name = "Tab") {
    std::vector<std::map<std::string, std::pair<uint32_t, std::string>>> all;
    const TablePtr found = table(name);
    auto reading = scope().store->read();
    for_each_space(*found, [&](persistence::SpaceId space) {
      auto& rows = all.emplace_back();
      auto cursor = reading->scan(space, {});
      for (persistence::RowView row; cursor->next(row);)
        rows.emplace(row.key, std::pair(row.size, std::string(row.body)));
      EXPECT_EQ(static_cast<int64_t>(rows.size()), reading->counts(space).rows);
    });
    return all;
  }
  size_t builds_left() {
    size_t count = 0;
    for (const auto& [id, document] : scope().store->read()->documents(kWorkDocument))
      count += id.starts_with(kBuildWork);
    return count;
  }

  FixedClock clock;
  Engine engine;
  Dispatcher dispatcher;
  std::string notes;
};

std::string lines(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "{\"Item\":" + item(i) + "}\n";
  return text;
}

// A table like the imported one, filled by PutItem.
void put_all(World& world, const Files& files, int count) {
  files.write("empty/Tab.json", kDefinition);
  ASSERT_EQ(world.import(files.path("empty")), "");
  for (int i = 0; i < count; ++i)
    ASSERT_EQ(world.call("PutItem", "{\"TableName\":\"Tab\",\"Item\":" + item(i) + "}"), "{}") << item(i);
}

TEST(Import, MakesTheRowsThatPutItemMakes) {
  for (const bool on_file : {false, true}) {
    Files files;
    files.write("seed/Tab.json", kDefinition);
    // Some items come twice, in another form first: the later stands, and nothing of the earlier is left anywhere.
    std::string first;
    for (int i = 0; i < 500; ++i)
      first += "{\"p\":\"p" + std::to_string(i % 37) + "\",\"s\":" + std::to_string(i / 37) +
               ",\"g\":\"old\",\"l\":7,\"ttl\":9}\n";
    files.write("seed/Tab/a.jsonl.gz", gzip(first));
    files.write("seed/Tab/b.json.zst", zstd(lines(0, 2000)));
    World imported(on_file ? files.path("imported") : "");
    World put(on_file ? files.path("put") : "");
    ASSERT_EQ(imported.import(files.path("seed")), "");
    ASSERT_NO_FATAL_FAILURE(put_all(put, files, 2000));
    EXPECT_EQ(imported.rows(), put.rows());
    EXPECT_EQ(imported.rows().size(), 5u) << "items, collections, TTL queue and two indexes";
    EXPECT_EQ(imported.builds_left(), 0u);
    EXPECT_NE(imported.call("DescribeTable", "{\"TableName\":\"Tab\"}").find("\"ItemCount\":2000"), std::string::npos);
    // And it goes on as any table does.
    for (World* world : {&imported, &put})
      world->call("DeleteItem", R"({"TableName":"Tab","Key":{"p":{"S":"p1"},"s":{"N":"1"}}})");
    EXPECT_EQ(imported.rows(), put.rows());
  }
}

TEST(Import, WhatIsThereIsRefusedSkippedReplacedOrMerged) {
  Files files;
  files.write("seed/Tab.json", kDefinition);
  files.write("seed/Tab.jsonl", lines(100, 300));
  World world, both, second;
  ASSERT_NO_FATAL_FAILURE(put_all(world, files, 200));
  ASSERT_NO_FATAL_FAILURE(put_all(both, files, 300));
  const auto before = world.rows();
  const std::string id = world.table()->id;
  EXPECT_EQ(world.import(files.path("seed")),
            "table Tab has 200 items already: say by --existing replace, merge or skip what is to become of them");
  EXPECT_EQ(world.import(files.path("seed"), Existing::kSkip), "");
  EXPECT_EQ(world.notes, "table Tab is there already and is left as it is\n");
  EXPECT_EQ(world.rows(), before);
  EXPECT_EQ(world.import(files.path("seed"), Existing::kMerge), "");
  EXPECT_EQ(world.rows(), both.rows());
  EXPECT_EQ(world.table()->id, id);
  EXPECT_EQ(world.import(files.path("seed/Tab.jsonl"), Existing::kReplace), "");
  EXPECT_EQ(second.import(files.path("seed")), "");
  EXPECT_EQ(world.rows(), second.rows());
  EXPECT_EQ(world.table()->id, id) << "its definition stays where none comes along";
  EXPECT_EQ(world.import(files.path("seed"), Existing::kReplace), "");
  EXPECT_NE(world.table()->id, id);
  // A definition alone never empties a table.
  EXPECT_EQ(world.import(files.path("seed/Tab.json"), Existing::kReplace), "");
  EXPECT_EQ(world.rows(), second.rows());
}

TEST(Import, EveryItemIsJudgedAsPutItemJudgesIt) {
  Files files;
  const struct {
    std::string line;
    std::string_view sentence;
  } kCases[] = {
      {R"({"s":1})", "One or more parameter values were invalid: Missing the key p in the item"},
      {R"({"p":1,"s":1})", "One or more parameter values were invalid: Type mismatch for key p expected: S actual: N"},
      {R"({"p":"","s":1})",
       "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
       "string "
       "value. Key: p"},
      {R"({"p":"a","s":1,"g":7})",
       "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: "
       "global"},
      {R"({"p":"a","s":1,"x":")" + std::string(409600, 'x') + "\"}", "Item size has exceeded the maximum allowed size"},
      {R"({"p":{"S":"a"},"s":{"N":"1"},"x":{"SS":[]}})", "attribute x: "},
      {R"({"p":"a","s":1e200})",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
      {"not JSON", "not JSON at byte "},
  };
  files.write("empty/Tab.json", kDefinition);
  World world;
  ASSERT_NO_FATAL_FAILURE(put_all(world, files, 50));
  const auto before = world.rows();
  for (const auto& c : kCases) {
    const std::string path = files.write("Tab.jsonl", lines(0, 10) + c.line + "\n" + lines(10, 20));
    const std::string said = world.import(path, Existing::kReplace);
    EXPECT_EQ(said.substr(0, path.size() + 5 + c.sentence.size()), path + ":11: " + std::string(c.sentence));
    EXPECT_EQ(world.rows(), before);
    EXPECT_EQ(world.builds_left(), 0u);
  }
}

TEST(Import, IsWholeOrNotAtAll) {
  Files files;
  files.write("seed/Abc.json", R"({"TableName":"Abc","AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],
    "KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"})");
  files.write("seed/Abc.csv", "k\n1\n2\n");
  files.write("seed/Tab.json", kDefinition);
  files.write("seed/Tab.jsonl", lines(0, 3000) + "{\n");
  World world;
  EXPECT_EQ(world.import(files.path("seed")).substr(0, files.path("seed/Tab.jsonl:3001: ").size()),
            files.path("seed/Tab.jsonl:3001: "));
  EXPECT_EQ(world.table("Abc"), nullptr);
  EXPECT_EQ(world.table("Tab"), nullptr);
  EXPECT_EQ(world.builds_left(), 0u);
  files.write("seed/Tab.jsonl", lines(0, 3000));
  EXPECT_EQ(world.import(files.path("seed"), Existing::kRefuse, 1000), "stopped");
  EXPECT_EQ(world.table("Abc"), nullptr);
  EXPECT_EQ(world.import(files.path("seed")), "");
  EXPECT_EQ(world.rows("Abc")[0].size(), 2u);
  EXPECT_EQ(world.rows("Tab")[0].size(), 3000u);
}

TEST(Import, DefinitionsAreJudgedAsCreateTableJudgesThem) {
  Files files;
  World world;
  const std::string path =
      files.write("Tab.json",
                  "{\n\"TableName\": \"Tab\",\n\"KeySchema\": [{\"AttributeName\": \"k\", \"KeyType\": \"HASH\"}],\n"
                  "\"AttributeDefinitions\": [{\"AttributeName\": \"j\", \"AttributeType\": \"S\"}],\n"
                  "\"BillingMode\": \"PAY_PER_REQUEST\"}");
  EXPECT_EQ(world.import(path).substr(0, path.size() + 13), path + ":2: table Tab");
  const std::string data = files.write("Uvw.jsonl", "{}\n");
  EXPECT_EQ(world.import(data).substr(0, data.size() + 52),
            data + ": table Uvw is not there and nothing defines it: add");
}

// Whatever stands in a file, the answer is a sentence with the file's name or an import that is whole.
TEST(Import, SurvivesSpoiledFiles) {
  Files files;
  files.write("seed/Tab.json", kDefinition);
  const std::string csv = "p,s,g,l,x\na,1,b,2,\"c\"\"d\ne\"\r\n\"\",2,,,\nz,3,y,4,\n";
  const std::string json = "[" + item(1) + ",{\"p\":\"a\",\"s\":1e3,\"x\":[null,{\"y\":\"\\u00e9\"}]}]";
  const struct {
    const char* name;
    std::string bytes;
  } kSeeds[] = {{"Tab.jsonl", lines(1, 9)},   {"Tab/a.json", json},
                {"Tab/b.csv", csv},           {"Tab/c.json.gz", gzip(lines(0, 50))},
                {"Tab/d.csv.zst", zstd(csv)}, {"Tab/e.json", std::string(kDefinition)}};
  uint64_t random = 42;
  const auto next = [&random](uint64_t below) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return (random >> 33) % below;
  };
  size_t refused = 0;
  for (int round = 0; round < 600; ++round) {
    const auto& seed = kSeeds[static_cast<size_t>(round) % std::size(kSeeds)];
    std::string bytes = seed.bytes;
    for (uint64_t spoils = 1 + next(4); spoils > 0 && !bytes.empty(); --spoils) {
      const size_t at = next(bytes.size());
      static constexpr std::string_view kPieces =
          "{}[]\",:\n\\\xff"
          "1e";
      switch (next(4)) {
        case 0:
          bytes[at] = static_cast<char>(next(256));
          break;
        case 1:
          bytes.erase(at, next(20));
          break;
        case 2:
          bytes.insert(at, 1, kPieces[next(kPieces.size())]);
          break;
        default:
          bytes.insert(at, bytes.substr(at / 2, next(30)));
      }
    }
    const std::string path = files.write("one/" + std::string(seed.name), bytes);
    World fresh;
    ASSERT_EQ(fresh.import(files.path("seed")), "");
    const auto before = fresh.rows();
    const std::string said = fresh.import(files.path("one"), Existing::kMerge);
    if (!said.empty()) {
      ++refused;
      EXPECT_NE(said.find("one/"), std::string::npos) << said;
      EXPECT_EQ(fresh.rows(), before);
    }
    std::filesystem::remove_all(files.path("one"));
  }
  EXPECT_GT(refused, 150u);
}

// A process that was killed in the middle: its document names another engine.
TEST(Import, WhatAKilledOneLeftIsDropped) {
  Files files;
  World world;
  ASSERT_NO_FATAL_FAILURE(put_all(world, files, 10));
  const auto before = world.rows();
  persistence::SpaceId left = 0;
  {
    auto transaction = world.scope().store->write();
    left = transaction->new_space();
    transaction->put(left, "key", 3, "body");
    transaction->put_document(kWorkDocument, "build/x", "another-engine " + std::to_string(left));
    transaction->commit();
  }
  persistence::settle();
  Maintenance(world.engine).erase_leftovers();
  EXPECT_EQ(world.builds_left(), 0u);
  EXPECT_EQ(world.scope().store->read()->counts(left).rows, 0);
  EXPECT_EQ(world.rows(), before);
}

TEST(Export, ComesBackTheSame) {
  Files files;
  World world, back;
  ASSERT_NO_FATAL_FAILURE(put_all(world, files, 1000));
  world.call("TagResource",
             R"({"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab","Tags":[{"Key":"k","Value":"v"}]})");
  ExportOptions options;
  options.account = "000000000000";
  options.region = "us-east-1";
  options.folder = files.path("out");
  const std::vector<ExportedTable> exported = export_tables(world.engine, options);
  ASSERT_EQ(exported.size(), 1u);
  EXPECT_EQ(exported[0].items, 1000);
  ASSERT_EQ(back.import(files.path("out")), "");
  EXPECT_EQ(back.rows(), world.rows());
  // Ids are another's; all that a definition says is the same.
  const auto definition = [](World& w) {
    std::string text =
        w.call("DescribeTable", "{\"TableName\":\"Tab\"}") + w.call("DescribeTimeToLive", "{\"TableName\":\"Tab\"}") +
        w.call("ListTagsOfResource", R"({"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab"})");
    const size_t at = text.find("\"TableId\":");
    return text.erase(at, 48);
  };
  EXPECT_EQ(definition(back), definition(world));
  // Nothing is written over, and a damaged copy is refused.
  EXPECT_EQ(failure_of([&] { export_tables(world.engine, options); }),
            files.path("out/Tab.json") + ": is there already: export to a folder without an export of this table");
  const auto data = std::filesystem::directory_iterator(exported[0].folder + "/data");
  const std::string file = data->path().string();
  std::ofstream(file, std::ios::binary) << gzip(lines(0, 999));
  World third;
  EXPECT_EQ(third.import(files.path("out")), file + ": holds 999 items, its manifest counts 1000: it is not whole");
  EXPECT_EQ(third.table(), nullptr);
}

}  // namespace
}  // namespace stator::seeding
