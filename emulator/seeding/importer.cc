#include "emulator/seeding/importer.h"

#include <memory>

#include "emulator/seeding/item_reader.h"
#include "emulator/seeding/seed_error.h"
#include "emulator/tables/new_table.h"
#include "emulator/writes/table_build.h"
#include "protocol/error/error_catalog.h"
#include "protocol/shapes/checker.h"

namespace stator::seeding {
namespace {

constexpr int64_t kItemsATick = 256;

class Import {
 public:
  Import(Engine& engine, const ImportOptions& options, ImportWatcher& watcher)
      : engine_(engine), options_(options), watcher_(watcher) {}

  std::vector<ImportedTable> run(const SeedPlan& plan) {
    for (const TableSeed& seed : plan.tables)
      for (const DataFile& file : seed.files) progress_.all_bytes += file.bytes;
    for (const std::string& note : plan.notes) watcher_.note(note);
    // Definitions first: what is wrong with one is told before the data of another is read.
    std::vector<std::optional<Table>> definitions;
    for (const TableSeed& seed : plan.tables) {
      definitions.push_back(seed.definition ? std::optional(defined(seed)) : std::nullopt);
    }
    for (size_t i = 0; i < plan.tables.size(); ++i) build(plan.tables[i], std::move(definitions[i]));
    std::vector<ImportedTable> imported;
    for (const auto& build : builds_) imported.push_back({build->table().name, build->items()});
    if (watcher_.stop()) throw Stopped();
    TableBuild::swap_in(builds_);
    return imported;
  }

 private:
  persistence::ScopeName scope_name() const {
    const bool shared = engine_.options().shared;
    return {shared ? "" : options_.account, shared ? "" : options_.region, ""};
  }

  JsonValue checked(OperationId operation, const std::string& input) {
    const JsonParse parsed = parse_json(input, arena_);
    if (parsed.fault != JsonFault::kNone) throw errors::malformed_body();
    check_request(operation, parsed.root, engine_.options().dialects);
    return parsed.root;
  }

  Table defined(const TableSeed& seed) {
    const templates::TableRequest& request = *seed.definition;
    try {
      const JsonValue input = checked(OperationId::kCreateTable, request.create_table);
      Table table = new_table(input, seed.name, {options_.account, options_.region}, engine_.clock().now_ms());
      if (!request.update_time_to_live.empty()) {
        const JsonValue* ttl =
            checked(OperationId::kUpdateTimeToLive, request.update_time_to_live).find("TimeToLiveSpecification");
        table.ttl.enabled = ttl->find("Enabled")->boolean();
        table.ttl.attribute = ttl->find("AttributeName")->text();
        table.ttl.changed_ms = table.created_ms;
      }
      return table;
    } catch (const AwsError& error) {
      throw SeedError(request.place, "table " + seed.name + ": " + error.message());
    }
  }

  void build(const TableSeed& seed, std::optional<Table> definition) {
    if (scope_ == nullptr) scope_ = engine_.find_scope(scope_name());
    const TablePtr existing = scope_ != nullptr ? scope_->catalog.find(seed.name) : nullptr;
    if (existing == nullptr && !definition) {
      throw SeedError(seed.files.empty() ? seed.name : seed.files[0].path,
                      "table " + seed.name +
                          " is not there and nothing defines it: add its definition (the output of "
                          "describe-table, the input of create-table, or a template)");
    }
    if (existing != nullptr) {
      if (options_.existing == Existing::kSkip || seed.files.empty()) {
        watcher_.note("table " + seed.name + " is there already and is left as it is");
        return;
      }
      const int64_t rows = scope_->store->read()->counts(existing->space).rows;
      if (options_.existing == Existing::kRefuse && rows != 0)
        throw SeedError("table " + seed.name + " has " + std::to_string(rows) +
                        " items already: say by --existing replace, merge or skip what is to become of them");
      if (options_.existing != Existing::kReplace) definition.reset();
      if (definition && existing->deletion_protection)
        throw SeedError("table " + seed.name + " is protected against deletion, so another cannot take its place");
    }
    if (scope_ == nullptr) scope_ = engine_.create_scope(scope_name());
    TableBuild& build =
        *builds_.emplace_back(std::make_unique<TableBuild>(engine_, scope_, definition ? *definition : *existing));
    if (existing != nullptr && options_.existing == Existing::kMerge) build.copy_items(*existing);
    progress_.table = seed.name;
    progress_.items = progress_.indexed = 0;
    for (const DataFile& file : seed.files) read(file, build);
    try {
      build.build_indexes([this] {
        if (++progress_.indexed % kItemsATick == 0) tick();
      });
    } catch (const AwsError& error) {
      throw SeedError("table " + seed.name + ": " + error.message());
    }
  }

  void read(const DataFile& file, TableBuild& build) {
    const uint64_t before = progress_.bytes;
    const std::unique_ptr<ItemReader> reader = open_items(file.path, build.table());
    int64_t count = 0;
    for (Item item; reader->next(arena_, item);) {
      try {
        build.put(item);
      } catch (const AwsError& error) {
        throw SeedError(file.path, reader->line(), error.message());
      }
      ++progress_.items;
      if (++count % kItemsATick == 0) {
        progress_.bytes = before + reader->bytes_read();
        tick();
      }
    }
    if (file.items && *file.items != count)
      throw SeedError(file.path, "holds " + std::to_string(count) + " items, its manifest counts " +
                                     std::to_string(*file.items) + ": it is not whole");
    progress_.bytes = before + file.bytes;
  }

  void tick() {
    if (watcher_.stop()) throw Stopped();
    watcher_.progress(progress_);
  }

  Engine& engine_;
  const ImportOptions& options_;
  ImportWatcher& watcher_;
  std::shared_ptr<Scope> scope_;
  Arena arena_;
  ImportProgress progress_;
  std::vector<std::unique_ptr<TableBuild>> builds_;
};

}  // namespace

std::vector<ImportedTable> import_tables(Engine& engine, const SeedPlan& plan, const ImportOptions& options,
                                         ImportWatcher& watcher) {
  return Import(engine, options, watcher).run(plan);
}

}  // namespace stator::seeding
