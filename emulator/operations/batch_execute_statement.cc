
#include "emulator/expressions/expression_error.h"
#include "emulator/operations.h"
#include "emulator/operations/named_rows.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/operations/statement_call.h"
#include "emulator/operations/write_reply.h"
#include "emulator/query/projected.h"
#include "emulator/writes/stored_item.h"

namespace stator::operations {
namespace {

// One statement, what it came to, and why not.
struct Entry {
  const JsonValue* input = nullptr;
  std::optional<partiql::BoundStatement> bound;  // empty: it could not be read
  std::optional<StatementCall> call;             // empty: it cannot be carried out
  ItemWrite write;                               // of a SELECT: only the key
  std::string item;                              // what it answers, or the item of a failed condition
  std::optional<AwsError> error;

  bool returns_item() const {
    return OperationContext::string_in(*input, "ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
  }
};

// The error's name in an answer: BatchStatementErrorCodeEnum of the API model.
std::string_view short_code(std::string_view name) {
  if (name == "ValidationException") return "ValidationError";
  if (name == "ThrottlingException") return "ThrottlingError";
  std::string_view suffix = "Exception";
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

// Runs `step`; what it throws becomes the statement's error.
template <typename Step>
void attempt(Entry& entry, Step step) {
  try {
    step();
  } catch (const AwsError& error) {
    entry.error = error;
  } catch (const expressions::ExpressionError& error) {
    entry.error = errors::validation(error.message);
  }
}

void check_kinds(const std::vector<Entry>& entries) {
  bool reads = false, writes = false;
  for (const Entry& entry : entries) {
    if (!entry.bound) continue;
    reads = reads || (*entry.bound)->reads();
    writes = writes || !(*entry.bound)->reads();
  }
  if (reads && writes) throw errors::validation("Read and write requests together in the same batch is not supported.");
}

void resolve(OperationContext& context, Entry& entry) {
  if ((*entry.bound)->kind == partiql::StatementKind::kExists)
    throw errors::validation("EXISTS() is only supported in ExecuteTransaction");  // ours: not recorded
  StatementCall call = find_table(context, *entry.bound);
  if (!call.bound->reads()) {
    entry.write = write_of(context, call);
    resolve_key(call, entry.write, context.arena);
  } else {
    if (!whole_key(call, context.arena, entry.write.item))
      throw errors::validation(
          "Select statements within BatchExecuteStatement must specify the primary key in the where clause.");
    check_scalar_keys(*call.access.table, call.bound.where->paths());
    entry.write.key = key_from_map(*call.access.table, entry.write.item);
  }
  entry.call = std::move(call);
}

void check_targets(const std::vector<Entry>& entries) {
  NamedRows targets;
  for (const Entry& entry : entries)
    if (entry.call && !targets.add(entry.call->access.table->space, entry.write.key.row))
      throw errors::validation(std::string(errors::text::kDuplicateKeys));
}

CapacityUse read(OperationContext& context, Entry& entry) {
  const StatementCall& call = *entry.call;
  const JsonValue* given = entry.input->find("ConsistentRead");
  bool consistent = given != nullptr && given->boolean();
  size_t size = 0;
  {
    Scope::Reads reads = context.scope->read();
    persistence::RowView row;
    if (reads.with(consistent).get(call.access.table->space, entry.write.key.row, row)) {
      size = row.size;
      StoredItem stored(row.body, context.arena);
      if (call.bound.where->holds(stored)) append_projected(row.body, call.bound.projection, context.arena, entry.item);
    }
  }
  CapacityUse use{.table = read_units(size, consistent), .arms = {}};
  context.charge(*call.access.table, use, CapacityKind::kRead);
  context.notes.units += use.table;
  ++context.notes.rows;
  return use;
}

CapacityUse write(OperationContext& context, Entry& entry) {
  StatementCall& call = *entry.call;
  bool inserts = call.bound->kind == partiql::StatementKind::kInsert;
  entry.write.wants_old = entry.write.wants_old || (entry.returns_item() && !inserts);
  ItemWritten written = try_write(context, call.access, entry.write);
  if (!written.condition_held) {
    if (inserts) throw errors::duplicate_item();
    throw errors::conditional_check_failed(entry.returns_item() ? written.old_body : std::string_view());
  }
  append_returned(call, written, context.arena, entry.item);
  return written.use;
}

void write_response(JsonWriter& w, const Entry& entry) {
  w.begin_object();
  if (entry.error) {
    w.key("Error").begin_object().key("Code").string(short_code(entry.error->name()));
    // {"Item":..} of a failed condition stands behind the error's comma.
    if (entry.error->extra().starts_with(",\"Item\":")) w.key("Item").raw(entry.error->extra().substr(8));
    w.key("Message").string(entry.error->message()).end_object();
  } else if (!entry.item.empty()) {
    w.key("Item").raw(entry.item);
  }
  if (entry.call) w.key("TableName").string(entry.call->access.table->name);
  w.end_object();
}

}  // namespace

void batch_execute_statement(OperationContext& context) {
  std::vector<Entry> entries;
  for (const JsonValue& element : context.find("Statements")->elements()) {
    Entry& entry = entries.emplace_back();
    entry.input = &element;
    attempt(entry, [&] { entry.bound = read_statement(context, element); });
  }
  check_kinds(entries);
  for (size_t i = 0; i < context.refused_statements.size(); ++i)
    if (!context.refused_statements[i].empty()) entries[i].error = errors::access_denied(context.refused_statements[i]);
  for (Entry& entry : entries)
    if (entry.bound && !entry.error) attempt(entry, [&] { resolve(context, entry); });
  check_targets(entries);

  std::vector<std::pair<const TableAccess*, CapacityUse>> tables;  // in the order in which they are met
  for (Entry& entry : entries) {
    if (!entry.call) continue;
    attempt(entry, [&] {
      CapacityUse use = entry.call->bound->reads() ? read(context, entry) : write(context, entry);
      const TableAccess& access = entry.call->access;
      auto known =
          std::find_if(tables.begin(), tables.end(), [&](const auto& met) { return met.first->name == access.name; });
      if (known == tables.end()) known = tables.insert(known, {&access, {}});
      known->second.add(use);
    });
  }

  JsonWriter w(context.out);
  w.begin_object().key("Responses").begin_array();
  for (const Entry& entry : entries) write_response(w, entry);
  w.end_array();
  CapacityReport report = capacity_report(context.string("ReturnConsumedCapacity"));
  if (report != CapacityReport::kNone) {
    bool reads = entries[0].bound && (*entries[0].bound)->reads();
    w.key("ConsumedCapacity").begin_array();
    for (const auto& [access, use] : tables)
      write_consumed_capacity(w, access->name, use, report, false, reads ? CapacityKind::kRead : CapacityKind::kWrite);
    w.end_array();
  }
  w.end_object();
}

}  // namespace stator::operations
