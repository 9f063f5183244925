#include <optional>

#include "emulator/operations.h"
#include "emulator/operations/page_reply.h"
#include "emulator/operations/statement_call.h"
#include "emulator/operations/write_reply.h"
#include "emulator/query/key_range.h"
#include "emulator/query/start_key.h"
#include "emulator/query/where_plan.h"
#include "emulator/tables/item_key.h"
#include "emulator/transactions/tokens.h"
#include "protocol/json/value_codec.h"
#include "protocol/value/base64.h"

namespace stator::operations {
namespace {

// An IN with more values than this is answered in pages (developer guide, "Operators").
constexpr size_t kReadsOfPage = 10;

// Where a SELECT goes on: in which of its ranges, and behind which row. As NextToken it is the base64 of
// <fingerprint of statement and parameters, 32 digits> <range> ' ' <row>.
struct Position {
  size_t range = 0;
  std::string row;  // empty: at the beginning of the range
};

std::string fingerprint_of(const OperationContext& context) {
  std::span<JsonValue> members = context.arena.make<JsonValue>(2);
  members[0] = *context.find("Statement");
  if (const JsonValue* parameters = context.find("Parameters")) members[1] = *parameters;
  return fingerprint(JsonValue::array(members));
}

std::string token_of(const OperationContext& context, const Position& position) {
  std::string token;
  append_base64(fingerprint_of(context) + std::to_string(position.range) + ' ' + position.row, token);
  return token;
}

// Throws for a token of another statement, or none of ours.
Position position_of(const OperationContext& context, const WherePlan& plan) {
  Position position;
  if (context.find("NextToken") == nullptr) return position;
  auto refuse = [] { throw errors::validation("NextToken does not match request"); };
  std::optional<std::string_view> decoded = decode_base64(context.string("NextToken"), context.arena);
  std::string print = fingerprint_of(context);
  if (!decoded || !decoded->starts_with(print)) refuse();
  std::string_view rest = decoded->substr(print.size());
  size_t blank = rest.find(' ');
  if (blank == std::string_view::npos || blank == 0 || blank > 4) refuse();
  for (char c : rest.substr(0, blank)) {
    if (c < '0' || c > '9') refuse();
    position.range = position.range * 10 + static_cast<size_t>(c - '0');
  }
  position.row = rest.substr(blank + 1);
  if (position.range >= plan.ranges.size() ||
      (!position.row.empty() && !in_range(plan.ranges[position.range], position.row)))
    refuse();
  return position;
}

std::string row_of(const PageRequest& request, const Item& key) {
  std::string base, row;
  append_key_row(request.table->keys, key, base);
  if (request.index == nullptr) return base;
  append_key_row(request.index->keys, key, row);
  return row + base;
}

ReadOrder read_order(const partiql::BoundStatement& bound, const KeySchema& keys) {
  ReadOrder order;
  for (const partiql::Order& term : bound->order) {
    if (term.attribute == keys.hash[0].name) {
      order.by_hash = true;
      order.hash_descending = term.descending;
    } else if (!keys.range.empty() && term.attribute == keys.range[0].name) {
      order.by_range = true;
      order.range_descending = term.descending;
    } else {
      throw errors::validation("Variable reference " + std::string(term.attribute) +
                               " in ORDER BY clause must be part of the primary key");
    }
  }
  return order;
}

// Reads the ranges of the plan one behind the other as one page, and writes the whole answer.
void answer_select(OperationContext& context, std::string_view table_name, PageRequest& request, WherePlan& plan) {
  Position position = position_of(context, plan);
  const size_t first = position.range;
  size_t limit = SIZE_MAX;
  // A read of one item cannot stop in the middle.
  if (const JsonValue* given = context.find("Limit"); given != nullptr && !plan.one_item)
    limit = static_cast<size_t>(integer_value(*given));
  CapacityUse use;
  std::optional<Position> next;
  Item last;
  size_t bytes = 0, scanned = 0;
  JsonWriter w(context.out);
  w.begin_object().key("Items").begin_array();
  {
    Scope::Reads reads = context.scope->read();
    persistence::ReadTransaction& transaction = reads.with(request.consistent);
    std::string items;
    for (size_t i = first; i < plan.ranges.size(); ++i) {
      if (i - first == kReadsOfPage) {
        next = Position{i, {}};
        break;
      }
      request.range = plan.ranges[i];
      if (i == first && !position.row.empty()) start_behind(position.row, request.range);
      request.limit = limit - scanned;
      request.max_bytes = kPageBytes - bytes;
      items.clear();
      Page page = read_page(request, transaction, context.arena, items);
      if (!items.empty()) w.raw(items);
      use.add(use_of(request, page));
      scanned += page.scanned;
      bytes += page.bytes;
      if (!page.stopped) continue;
      last = page.last;
      if (!plan.one_item) next = Position{i, row_of(request, page.last)};
      break;
    }
  }
  w.end_array();
  context.charge(*request.table, use, CapacityKind::kRead);
  context.notes = {use.total(), scanned};
  if (next) {
    w.key("NextToken").string(token_of(context, *next));
    if (!next->row.empty()) {
      w.key("LastEvaluatedKey");
      append_item(last, w.next());
    }
  }
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    w.key("ConsumedCapacity");
    write_consumed_capacity(w, table_name, use, report, false, CapacityKind::kRead);
  }
  w.end_object();
}

void select(OperationContext& context, const StatementCall& call) {
  const partiql::BoundStatement& bound = call.bound;
  const Table& table = *call.access.table;
  PageRequest request;
  request.table = &table;
  request.index = call.index;
  request.consistent = context.flag("ConsistentRead");
  request.filter = bound.where;
  request.projection = bound.projection;
  if (call.index != nullptr && call.index->global && request.consistent)
    throw errors::validation("Strongly consistent read is not supported on Global Secondary Indexes");
  const KeySchema& keys = call.index != nullptr ? call.index->keys : table.keys;
  ReadOrder order = read_order(bound, keys);
  WherePlan plan = plan_where(bound.where, keys, call.index, order, context.arena);
  if (plan.scans && !bound->order.empty())
    throw errors::validation(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
  if (bound.where != nullptr) check_scalar_keys(table, bound.where->paths());
  if (bound.projection != nullptr) check_scalar_keys(table, bound.projection->paths());
  check_projected(false, request);
  if (!plan.scans) check_filter_projected(request);
  answer_select(context, call.access.name, request, plan);
}

void change(OperationContext& context, StatementCall& call) {
  ItemWrite write = write_of(context, call);
  resolve_key(call, write, context.arena);
  ItemWritten written;
  if (call.bound->kind == partiql::StatementKind::kInsert) {
    written = try_write(context, call.access, write);
    if (!written.condition_held) throw errors::duplicate_item();
  } else {
    written = write_one(context, call.access, write);
  }
  JsonWriter w(context.out);
  w.begin_object().key("Items").begin_array();
  std::string item;
  if (append_returned(call, written, context.arena, item)) w.raw(item);
  w.end_array();
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    w.key("ConsumedCapacity");
    write_consumed_capacity(w, call.access.name, written.use, report, false, CapacityKind::kWrite);
  }
  w.end_object();
}

}  // namespace

void execute_statement(OperationContext& context) {
  partiql::BoundStatement bound = read_statement(context, context.input);
  if (bound->kind == partiql::StatementKind::kExists)
    throw errors::validation("EXISTS() is only supported in ExecuteTransaction");  // ours: not recorded
  StatementCall call = find_table(context, std::move(bound));
  if (call.bound->reads())
    select(context, call);
  else
    change(context, call);
}

}  // namespace stator::operations
