#include "emulator/seeding/seed_plan.h"

#include <algorithm>
#include <filesystem>

#include "emulator/seeding/definitions.h"
#include "emulator/seeding/input_file.h"
#include "emulator/seeding/item_reader.h"
#include "emulator/seeding/json_values.h"
#include "emulator/seeding/seed_error.h"
#include "protocol/json/json_value.h"

namespace stator::seeding {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExports = "AWSDynamoDB";
constexpr const char* kSummary = "manifest-summary.json";
constexpr const char* kFiles = "manifest-files.json";

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (!entry.path().filename().string().starts_with('.')) entries.push_back(entry.path());
  if (error) throw SeedError(folder.string(), "cannot be read: " + error.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}
bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

class Planner {
 public:
  explicit Planner(const PlanOptions& options) : options_(options) {}

  void add(const fs::path& path) {
    if (!is_there(path)) throw SeedError(path.string(), "there is no such file or folder");
    if (!is_folder(path))
      add_file(path, {}, true);
    else if (is_there(path / kSummary))
      add_export(path);
    else if (path.filename() == kExports || (!path.has_filename() && path.parent_path().filename() == kExports))
      add_exports(path);
    else
      add_seed_folder(path);
  }

  SeedPlan finish() {
    std::sort(plan_.tables.begin(), plan_.tables.end(),
              [](const TableSeed& a, const TableSeed& b) { return a.name < b.name; });
    return std::move(plan_);
  }

 private:
  TableSeed& table(const std::string& name) {
    const std::string& wanted = options_.table.empty() ? name : options_.table;
    for (TableSeed& seed : plan_.tables)
      if (seed.name == wanted) return seed;
    plan_.tables.emplace_back().name = wanted;
    return plan_.tables.back();
  }

  void add_seed_folder(const fs::path& folder) {
    for (const fs::path& entry : entries_of(folder)) {
      if (!is_folder(entry))
        add_file(entry, {}, false);
      else if (entry.filename() == kExports)
        add_exports(entry);
      else
        add_table_folder(entry, entry.filename().string());
    }
  }

  void add_table_folder(const fs::path& folder, const std::string& name) {
    if (is_there(folder / kSummary)) return add_export(folder);
    for (const fs::path& entry : entries_of(folder)) {
      if (!is_folder(entry))
        add_file(entry, name, false);
      else if (entry.filename() == kExports)
        add_exports(entry);
      else
        add_table_folder(entry, name);
    }
  }

  void add_file(const fs::path& path, const std::string& name, bool must) {
    const std::string file = path.string();
    if (defines_tables(file)) {
      for (templates::TableRequest& request : definitions_in(file, options_.templates)) define(std::move(request));
    } else if (is_data_file(file)) {
      add_data(table(name.empty() ? std::string(table_of_file(path.filename().string())) : name), path, {});
    } else if (must) {
      throw SeedError(file,
                      "neither a template nor a data file by its name (.jsonl, .ndjson, .json, .csv, .tsv, each "
                      "also with .gz or .zst; .yaml, .yml, .template)");
    } else {
      plan_.notes.push_back(file + ": passed over, neither a template nor a data file by its name");
    }
  }

  static void add_data(TableSeed& seed, const fs::path& path, std::optional<int64_t> items) {
    std::error_code error;
    const uint64_t bytes = fs::file_size(path, error);
    seed.files.push_back({path.string(), error ? 0 : bytes, items});
  }

  void define(templates::TableRequest request) {
    TableSeed& seed = table(request.name);
    if (seed.definition)
      throw SeedError(request.place,
                      "table " + seed.name + " is defined a second time, after " + seed.definition->place);
    seed.definition = std::move(request);
  }

  void add_exports(const fs::path& folder) {
    for (const fs::path& entry : entries_of(folder))
      if (is_folder(entry) && is_there(entry / kSummary)) add_export(entry);
  }

  void add_export(const fs::path& folder) {
    const std::string summary_file = (folder / kSummary).string();
    Arena arena;
    std::string text;
    int64_t line = 1;
    const JsonValue summary = read_one(summary_file, text, arena);
    const std::string arn = text_in(summary, "tableArn");
    const size_t slash = arn.find(":table/");
    if (slash == std::string::npos) throw SeedError(summary_file, line, "expected tableArn, the ARN of a table");
    if (const std::string format = text_in(summary, "outputFormat"); format != "DYNAMODB_JSON" && !format.empty())
      throw SeedError(summary_file, line, "an export in format " + format + ": only DYNAMODB_JSON can be read");
    if (text_in(summary, "exportType") == "INCREMENTAL_EXPORT")
      throw SeedError(summary_file, line, "an incremental export: only full exports can be imported");
    TableSeed& seed = table(arn.substr(slash + 7));
    if (seed.from_export)
      throw SeedError(summary_file, line, "a second export of table " + seed.name + ": name the one to be imported");
    seed.from_export = true;
    add_exported_files(folder, seed);
  }

  // Those that the manifest names; all that there are, where only they were copied.
  static void add_exported_files(const fs::path& folder, TableSeed& seed) {
    const fs::path manifest = folder / kFiles;
    if (!is_there(manifest)) {
      if (is_folder(folder / "data"))
        for (const fs::path& entry : entries_of(folder / "data"))
          if (is_data_file(entry.string())) add_data(seed, entry, {});
      return;
    }
    InputFile file(manifest.string());
    JsonValues values(file, {}, true, false);
    Arena arena;
    std::string text;
    int64_t line = 0;
    while (values.next(text, line)) {
      arena.reset();
      const JsonParse parsed = parse_json_in_place({text.data(), text.size()}, arena);
      const std::string key = parsed.fault == JsonFault::kNone ? text_in(parsed.root, "dataFileS3Key") : std::string();
      if (key.empty()) throw SeedError(manifest.string(), line, "expected a JSON object with dataFileS3Key");
      const fs::path data = folder / "data" / fs::path(key).filename();
      if (!is_there(data)) throw SeedError(manifest.string(), line, "names " + data.string() + ", which is not there");
      const JsonValue* count = parsed.root.find("itemCount");
      add_data(seed, data, count != nullptr ? count->integer() : std::nullopt);
    }
  }

  static JsonValue read_one(const std::string& path, std::string& text, Arena& arena) {
    InputFile file(path);
    JsonValues values(file, {}, false, false);
    int64_t line = 1;
    if (values.next(text, line)) {
      const JsonParse parsed = parse_json_in_place({text.data(), text.size()}, arena);
      if (parsed.fault == JsonFault::kNone && parsed.root.is_object()) return parsed.root;
    }
    throw SeedError(path, line, "not a JSON object");
  }

  const PlanOptions& options_;
  SeedPlan plan_;
};

}  // namespace

SeedPlan plan_of(const std::vector<std::string>& paths, const PlanOptions& options) {
  Planner planner(options);
  for (const std::string& path : paths) planner.add(path);
  return planner.finish();
}

}  // namespace stator::seeding
