#include "emulator/seed_commands.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <stdexcept>

#include "emulator/maintenance.h"
#include "emulator/seeding/exporter.h"
#include "emulator/seeding/importer.h"
#include "emulator/seeding/seed_plan.h"
#include "persistence/store_error.h"

namespace stator {
namespace {

// One line that is written over and over, at most ten times a second.
class ProgressLine {
 public:
  ~ProgressLine() { clear(); }

  void show(std::string_view table, int64_t items, uint64_t done, uint64_t all, int64_t indexed = 0) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - shown_ < std::chrono::milliseconds(100)) return;
    shown_ = now;
    std::string line = "\r\033[K" + std::string(table) + ": " + std::to_string(items) + " items";
    if (all != 0) line += ", " + std::to_string(std::min<uint64_t>(100, done * 100 / all)) + " %";
    if (indexed != 0) line += ", " + std::to_string(indexed) + " indexed";
    std::cerr << line << std::flush;
    dirty_ = true;
  }
  void clear() {
    if (dirty_) std::cerr << "\r\033[K" << std::flush;
    dirty_ = false;
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) == 1;
  bool dirty_ = false;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

class Watcher final : public seeding::ImportWatcher {
 public:
  Watcher(std::function<void(const std::string&)> say, std::function<bool()> stop)
      : say_(std::move(say)), stop_(std::move(stop)) {}

  void progress(const seeding::ImportProgress& p) override {
    line_.show(p.table, p.items, p.bytes, p.all_bytes, p.indexed);
  }
  void note(const std::string& sentence) override {
    line_.clear();
    say_(sentence);
  }
  bool stop() override { return stop_ && stop_(); }
  void clear() { line_.clear(); }

 private:
  ProgressLine line_;
  std::function<void(const std::string&)> say_;
  std::function<bool()> stop_;
};

seeding::SeedPlan plan_for(const Options& options, const std::vector<std::string>& paths) {
  seeding::PlanOptions plan_options;
  plan_options.table = options.import_table;
  plan_options.templates.account = options.account;
  plan_options.templates.region = options.region;
  for (const std::string& each : options.parameters) {
    const size_t equals = each.find('=');
    if (equals == std::string::npos || equals == 0)
      throw std::runtime_error("--parameter: expected NAME=VALUE, found \"" + each + "\"");
    plan_options.templates.parameters[each.substr(0, equals)] = each.substr(equals + 1);
  }
  return seeding::plan_of(paths, plan_options);
}

std::string counted(const seeding::ImportedTable& table) {
  return "table " + table.name + ": " + std::to_string(table.items) + " items";
}

std::unique_ptr<persistence::Stores> open_folder(const Options& options) {
  persistence::StoresOptions store_options;
  store_options.folder = options.data;
  store_options.durability = durability_of(options);
  return persistence::open_stores(store_options);
}

EngineOptions engine_options(const Options& options) {
  EngineOptions engine_options;
  engine_options.shared = options.shared;
  return engine_options;
}

}  // namespace

persistence::Durability durability_of(const Options& options) {
  return options.durability == "full"  ? persistence::Durability::kFull
         : options.durability == "off" ? persistence::Durability::kOff
                                       : persistence::Durability::kNormal;
}

bool seed(const Options& options, Engine& engine, const std::function<void(const std::string&)>& log,
          const std::function<bool()>& stop) {
  const seeding::SeedPlan plan = plan_for(options, {options.seed});
  Watcher watcher(log, stop);
  try {
    const seeding::ImportOptions import_options{options.account, options.region, seeding::Existing::kSkip};
    for (const seeding::ImportedTable& table : seeding::import_tables(engine, plan, import_options, watcher))
      watcher.note("seeded " + counted(table));
  } catch (const seeding::Stopped&) {
    return false;
  }
  return true;
}

void create_missing(Engine& engine, const std::vector<templates::TableRequest>& tables) {
  seeding::SeedPlan plan;
  for (const templates::TableRequest& request : tables) {
    // Two templates may share a table; the first defines it.
    const auto same = [&](const seeding::TableSeed& table) { return table.name == request.name; };
    if (std::any_of(plan.tables.begin(), plan.tables.end(), same)) continue;
    seeding::TableSeed& table = plan.tables.emplace_back();
    table.name = request.name;
    table.definition = request;
  }
  const Options where;
  Watcher watcher([](const std::string&) {}, {});
  const auto entered = engine.wait_to_enter_request();
  seeding::import_tables(engine, plan, {where.account, where.region, seeding::Existing::kSkip}, watcher);
}

int run_import(const Options& options, const Clock& clock) {
  const seeding::SeedPlan plan = plan_for(options, options.import_paths);
  if (plan.tables.empty()) throw std::runtime_error("there is nothing to import in " + options.import_paths[0]);
  seeding::ImportOptions import_options{options.account, options.region};
  import_options.existing = options.existing == "skip"      ? seeding::Existing::kSkip
                            : options.existing == "replace" ? seeding::Existing::kReplace
                            : options.existing == "merge"   ? seeding::Existing::kMerge
                                                            : seeding::Existing::kRefuse;
  Engine engine(open_folder(options), clock, engine_options(options));
  Watcher watcher([](const std::string& sentence) { std::cerr << sentence << "\n"; }, {});
  try {
    const std::vector<seeding::ImportedTable> imported = seeding::import_tables(engine, plan, import_options, watcher);
    watcher.clear();
    for (const seeding::ImportedTable& table : imported) std::cout << counted(table) << std::endl;
  } catch (...) {
    Maintenance(engine).erase_leftovers();
    throw;
  }
  Maintenance(engine).erase_leftovers();
  return 0;
}

int run_export(const Options& options, const Clock& clock) {
  if (access(options.data.c_str(), F_OK) != 0) throw std::runtime_error("there is no data folder " + options.data);
  Engine engine(open_folder(options), clock, engine_options(options));
  ProgressLine line;
  seeding::ExportOptions export_options;
  export_options.account = options.account;
  export_options.region = options.region;
  export_options.folder = options.export_folder;
  export_options.tables = options.export_tables;
  export_options.progress = [&line](std::string_view table, int64_t items, int64_t all) {
    line.show(table, items, static_cast<uint64_t>(items), static_cast<uint64_t>(all));
  };
  for (const seeding::ExportedTable& table : seeding::export_tables(engine, export_options)) {
    line.clear();
    std::cout << "table " << table.name << ": " << table.items << " items, " << table.folder << std::endl;
  }
  return 0;
}

}  // namespace stator
