#include "emulator/replication/replication.h"

#include <algorithm>

#include "emulator/maintenance.h"
#include "emulator/replication/replica_log.h"
#include "emulator/streams/stream.h"
#include "emulator/tables/item_key.h"
#include "emulator/tables/lifecycle.h"
#include "emulator/tables/new_table.h"
#include "emulator/tables/table_spaces.h"
#include "emulator/transfers/bulk_operation.h"
#include "emulator/writes/item_writer.h"
#include "protocol/json/item_codec.h"

namespace stator {
namespace {

constexpr size_t kRowsAStep = 256;
constexpr size_t kBytesAStep = 1 << 20;

Replica* find_replica(Table& table, std::string_view region) {
  for (Replica& replica : table.replication.replicas)
    if (replica.region == region) return &replica;
  return nullptr;
}

// An item on its way into a region, with the stamp of its write.
struct Arriving {
  WriteStamp stamp = {};
  bool exists = true;
  std::string body = {};
};

// Writes those that are no older than what the table has.
void receive(const Table& table, const std::vector<Arriving>& arriving, const Clock& clock,
             persistence::WriteTransaction& transaction) {
  Arena arena;
  for (const Arriving& one : arriving) {
    arena.reset();
    const Item item = decode_item(one.body, arena);
    ItemWrite write;
    write.kind = one.exists ? ItemWrite::Kind::kPut : ItemWrite::Kind::kDelete;
    write.table = &table;
    write.item = item;
    write.key = key_of_stored_item(table, item);
    write.replicated = &one.stamp;
    if (one.stamp < stamp_of(table, write.key.row, transaction)) continue;
    write_item(write, clock, transaction, arena);
  }
}

// Another region's table as it begins: the same definition, and the regions that it has to tell of its changes.
Table replica_of(const Table& source, const Replica& replica, int64_t now_ms) {
  Table table = source;
  std::string_view account = source.arn;
  for (int i = 0; i < 4; ++i) account.remove_prefix(account.find(':') + 1);
  table.arn = table_arn({account.substr(0, account.find(':')), replica.region}, source.name);
  table.id = new_uuid();
  table.created_ms = now_ms;
  table.state = State::kCreating;
  table.settles_ms = 0;
  table.restored.reset();
  table.recovery = {};
  table.policy = {};
  table.stream.policy = {};
  table.insights = {};
  table.kinesis.clear();
  table.tags.clear();
  table.deletion_protection = false;
  if (replica.read_capacity != 0) table.throughput.read = replica.read_capacity;
  if (!replica.table_class.empty()) table.table_class = replica.table_class;
  for (Index& index : table.global_indexes) {
    index.state = State::kCreating;
    index.backfilling = false;
    index.insights = {};
  }
  std::erase_if(table.replication.replicas, [&](const Replica& other) { return other.region == replica.region; });
  for (Replica& other : table.replication.replicas) other.position.clear();
  table.replication.replicas.push_back({.region = std::string(region_of(source)), .state = State::kActive});
  return table;
}

class Step {
 public:
  Step(Engine& engine, Scope& scope, TablePtr table) : engine_(engine), scope_(scope), table_(std::move(table)) {}

  bool run() {
    for (const Replica& replica : table_->replication.replicas) {
      if (replica.state == State::kDeleting) return take_away(replica);
      if (replica.state == State::kCreating) return bring_up(replica);
    }
    for (const Replica& replica : table_->replication.replicas)
      if (peer(replica) == nullptr) return forget(replica.region);
    return send();
  }

 private:
  std::shared_ptr<Scope> scope_of(const Replica& replica) {
    return engine_.find_scope({scope_.name.account, replica.region, scope_.name.fork});
  }
  // The replica's table, if it still is one of this.
  TablePtr peer(const Replica& replica) {
    std::shared_ptr<Scope> where = scope_of(replica);
    TablePtr table = where != nullptr ? where->catalog.find(table_->name) : nullptr;
    if (table == nullptr || table->state == State::kDeleting) return nullptr;
    Table copy = *table;
    return find_replica(copy, region_of(*table_)) != nullptr ? table : nullptr;
  }
  // Changes this region's table, if it is still the same.
  template <typename Change>
  void change(Scope& scope, const Change& change) {
    auto transaction = scope.store->write();
    TablePtr now = scope.catalog.find(table_->name, *transaction);
    if (now == nullptr) return;
    Table changed = *now;
    change(changed, *transaction);
    scope.catalog.publish(std::move(changed), *transaction);
    transaction->commit();
    transaction.reset();
    persistence::settle();
  }

  bool bring_up(const Replica& replica) {
    std::shared_ptr<Scope> where = engine_.create_scope({scope_.name.account, replica.region, scope_.name.fork});
    if (where->catalog.find(table_->name) == nullptr) make_replica(*where, replica);
    if (peer(replica) == nullptr) return forget(replica.region);  // another table came in between
    if (replica.position.empty()) tell_others(replica.region);

    const Portion page = next_page(replica.position);
    {
      auto transaction = where->write();
      const TablePtr target = where->catalog.find(table_->name, *transaction);
      if (target == nullptr) return true;
      receive(*target, page.rows, where->space->clock, *transaction);
      if (page.last) {
        Table done = *target;
        done.state = State::kActive;
        for (Index& index : done.global_indexes) index.state = State::kActive;
        where->catalog.publish(std::move(done), *transaction);
      }
      transaction->commit();
      transaction.reset();
      persistence::settle();
    }
    if (page.last) engine_.tell_work(*where);
    change(scope_, [&](Table& table, persistence::WriteTransaction&) {
      Replica* mine = find_replica(table, replica.region);
      if (mine == nullptr || mine->state != State::kCreating) return;
      mine->position = page.last ? std::string() : page.position;
      if (page.last) mine->state = State::kActive;
      table.state = state_of_changed(table);
    });
    return true;
  }

  void make_replica(Scope& where, const Replica& replica) {
    const int64_t now = where.space->clock.now_ms();
    auto transaction = where.store->write();
    Table made = replica_of(*table_, replica, now);
    take_spaces(made, *transaction);
    open_stream(made, now, *transaction);
    transaction->put_document(kWorkDocument, replication_work(made.name), {});
    if (made.ttl.enabled) transaction->put_document(kWorkDocument, ttl_work(made.name), {});
    where.catalog.publish(std::move(made), *transaction);
    transaction->commit();
    transaction.reset();
    persistence::settle();
  }

  // Rows of this table for a new replica.
  struct Portion {
    std::vector<Arriving> rows;
    std::string position;  // of the last of them
    bool last = false;     // nothing is behind them
  };
  Portion next_page(const std::string& behind) {
    Portion page{.rows = {}, .position = behind};
    auto reading = scope_.store->read();
    std::vector<std::string> keys;
    {
      auto cursor = reading->scan(table_->space, {.lower = behind, .upper = {}, .lower_exclusive = !behind.empty()});
      persistence::RowView row;
      for (size_t bytes = 0; keys.size() < kRowsAStep && bytes < kBytesAStep; bytes += row.body.size()) {
        if ((page.last = !cursor->next(row))) break;
        keys.emplace_back(row.key);
        page.rows.emplace_back().body = row.body;
      }
    }
    for (size_t i = 0; i < keys.size(); ++i) page.rows[i].stamp = stamp_of(*table_, keys[i], *reading);
    if (!keys.empty()) page.position = keys.back();
    return page;
  }

  // Before the first row is read: what arrives here from others after that, they send to the new region themselves.
  void tell_others(const std::string& region) {
    for (const Replica& other : table_->replication.replicas) {
      if (other.region == region || peer(other) == nullptr) continue;
      change(*scope_of(other), [&](Table& table, persistence::WriteTransaction&) {
        if (find_replica(table, region) == nullptr)
          table.replication.replicas.push_back({.region = region, .state = State::kActive});
      });
    }
  }

  bool take_away(const Replica& replica) {
    const std::string region = replica.region;
    if (peer(replica) != nullptr) {
      std::shared_ptr<Scope> where = scope_of(replica);
      auto transaction = where->store->write();
      if (TablePtr target = where->catalog.find(table_->name, *transaction))
        remove_table(*target, where->catalog, where->space->clock.now_ms(), *transaction);
      transaction->commit();
      transaction.reset();
      persistence::settle();
      engine_.tell_work(*where);
    }
    return forget(region);
  }

  // The other regions find out by themselves.
  bool forget(const std::string& region) {
    change(scope_, [&](Table& table, persistence::WriteTransaction& transaction) {
      std::erase_if(table.replication.replicas, [&](const Replica& replica) { return replica.region == region; });
      table.state = table.state == State::kCreating ? State::kActive : state_of_changed(table);
      if (table.replication.replicas.empty()) end_replication(table, transaction);
    });
    return true;
  }

  bool send() {
    std::vector<Arriving> changes;
    std::vector<std::string> sent;
    {
      auto reading = scope_.store->read();
      auto cursor = reading->scan(table_->replication.outbox, {});
      persistence::RowView row;
      for (size_t bytes = 0; sent.size() < kRowsAStep && bytes < kBytesAStep && cursor->next(row);
           bytes += row.body.size()) {
        const SentChange change = read_sent(row);
        sent.emplace_back(row.key);
        changes.push_back({{change.ms, std::string(region_of(*table_))}, change.exists, std::string(change.body)});
      }
    }
    if (sent.empty()) return false;
    for (const Replica& replica : table_->replication.replicas) {
      std::shared_ptr<Scope> where = scope_of(replica);
      if (where == nullptr) return true;
      auto transaction = where->write();
      TablePtr target = where->catalog.find(table_->name, *transaction);
      if (target == nullptr || target->replication.stamps == 0) return true;  // the next step sees why
      receive(*target, changes, where->space->clock, *transaction);
      transaction->commit();
      transaction.reset();
      persistence::settle();
    }
    auto transaction = scope_.store->write();
    for (const std::string& key : sent) transaction->erase(table_->replication.outbox, key);
    transaction->commit();
    transaction.reset();
    persistence::settle();
    return true;
  }

  Engine& engine_;
  Scope& scope_;
  const TablePtr table_;
};

std::string_view text_of(const JsonValue& object, std::string_view name) {
  return OperationContext::string_in(object, name);
}

void read_overrides(const JsonValue& action, Replica& replica) {
  if (std::string_view key = text_of(action, "KMSMasterKeyId"); !key.empty()) replica.kms_key = key;
  if (std::string_view table_class = text_of(action, "TableClassOverride"); !table_class.empty())
    replica.table_class = table_class;
  if (const JsonValue* throughput = action.find("ProvisionedThroughputOverride"))
    if (const JsonValue* read = throughput->find("ReadCapacityUnits")) replica.read_capacity = integer_value(*read);
}

}  // namespace

std::string replication_work(std::string_view table) {
  return "replicate/" + std::string(table);
}

void check_region(const OperationContext& context, std::string_view region) {
  if (context.engine.options().shared)
    throw errors::validation("Global tables need regions that are apart: this server runs with --shared");
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (region.size() < 9 || region.size() > 32 || std::count(region.begin(), region.end(), '-') < 2 ||
      !std::all_of(region.begin(), region.end(), plain))
    throw errors::invalid_parameter("Unsupported region: " + std::string(region));
}

void prepare_replication(Table& table, int64_t now_ms, persistence::WriteTransaction& transaction) {
  if (table.stream.enabled && table.stream.view_type != "NEW_AND_OLD_IMAGES")
    throw errors::invalid_parameter("Table replicas require a stream with StreamViewType NEW_AND_OLD_IMAGES");
  if (!table.stream.enabled) {
    table.stream.enabled = true;
    table.stream.view_type = "NEW_AND_OLD_IMAGES";
    open_stream(table, now_ms, transaction);
  }
  if (table.replication.outbox == 0) table.replication.outbox = transaction.new_space();
  if (table.replication.stamps == 0) table.replication.stamps = transaction.new_space();
  transaction.put_document(kWorkDocument, replication_work(table.name), {});
}

void end_replication(Table& table, persistence::WriteTransaction& transaction) {
  for (persistence::SpaceId space : {table.replication.outbox, table.replication.stamps})
    if (space != 0) transaction.drop_space(space);
  table.replication = {};
  transaction.erase_document(kWorkDocument, replication_work(table.name));
}

void check_replica_regions(const OperationContext& context, std::string_view table) {
  const JsonValue* updates = context.find("ReplicaUpdates");
  if (updates == nullptr || context.scope->catalog.find(table) == nullptr) return;
  for (const JsonValue& update : updates->elements()) {
    int actions = 0;
    for (std::string_view name : {"Create", "Update", "Delete"}) {
      const JsonValue* action = update.find(name);
      if (action == nullptr) continue;
      ++actions;
      const std::string region(text_of(*action, "RegionName"));
      check_region(context, region);
      if (region == context.caller.region)
        throw errors::invalid_parameter(
            "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or "
            "UpdateTable as required.");
      if (name != "Create") continue;
      auto other = context.engine.find_scope({context.scope_name.account, region, context.scope_name.fork});
      if (other != nullptr && other->catalog.find(table) != nullptr)
        throw errors::invalid_parameter("Failed to create a the new replica of table with name: '" +
                                        std::string(table) +
                                        "' because one or more replicas already existed as tables.");
    }
    if (actions != 1)
      throw errors::invalid_parameter("Exactly one of Create, Update and Delete must be specified for a replica");
  }
}

void check_no_bulk_put(const Table& table, persistence::ReadTransaction& transaction) {
  if (bulk_put_under_way(table, transaction)) throw errors::table_being_updated(table.name);
}

void change_replicas(const OperationContext& context, Table& table, persistence::WriteTransaction& transaction) {
  const JsonValue* updates = context.find("ReplicaUpdates");
  if (updates == nullptr) return;
  if (table.replication.global_since_ms != 0)
    throw errors::invalid_parameter("A global table of version 2017.11.29 is changed by UpdateGlobalTable");
  for (const JsonValue& update : updates->elements()) {
    const JsonValue* create = update.find("Create");
    const JsonValue* change = update.find("Update");
    const JsonValue& action = create != nullptr ? *create : change != nullptr ? *change : *update.find("Delete");
    const std::string region(text_of(action, "RegionName"));
    Replica* known = find_replica(table, region);
    if (create != nullptr) {
      if (known != nullptr) throw errors::invalid_parameter("Replica already exists in region: " + region);
      check_no_bulk_put(table, transaction);
      prepare_replication(table, context.now_ms(), transaction);
      Replica replica;
      replica.region = region;
      replica.state = State::kCreating;
      read_overrides(action, replica);
      table.replication.replicas.push_back(std::move(replica));
      continue;
    }
    if (known == nullptr)
      throw errors::invalid_parameter(
          "Replica specified in the Replica Update or Replica Delete action of the request was not found.");
    if (change != nullptr)
      read_overrides(action, *known);
    else
      known->state = State::kDeleting;
  }
}

bool replication_step(Engine& engine, Scope& scope, std::string_view name) {
  TablePtr table = scope.catalog.find(name);
  if (table == nullptr || table->replication.replicas.empty() || table->state == State::kDeleting) return false;
  // A replica that is being made is filled by the region that makes it.
  if (table->state == State::kCreating) return false;
  return Step(engine, scope, table).run();
}

}  // namespace stator
