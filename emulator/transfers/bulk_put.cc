#include "emulator/transfers/bulk_put.h"

#include <algorithm>
#include <utility>

#include "emulator/expressions/expression_error.h"
#include "emulator/operations/request_expressions.h"
#include "emulator/writes/item_writer.h"
#include "protocol/shapes/checker.h"

namespace stator {
namespace {

constexpr std::string_view kRecordMembers[] = {"Item", "ConditionExpression", "ExpressionAttributeNames",
                                               "ExpressionAttributeValues"};

std::string document_of(Scope& scope, std::string_view id) {
  return scope.store->read()->document(transfer_document(Transfer::Kind::kBulkPut), id).value_or("");
}

void write_place(JsonWriter& w, const BulkPut::Place& place) {
  w.begin_object().key("S3Key").string(place.key);
  if (place.line != 0) w.key("Line").integer(place.line);
}

}  // namespace

BulkPut::BulkPut(Engine& engine, std::shared_ptr<Scope> scope, const Transfer& transfer)
    : engine_(engine),
      scope_(std::move(scope)),
      transfer_(transfer),
      document_(document_of(*scope_, transfer.id)),
      progress_(read_bulk_progress(transfer.id, *scope_->store->read())) {
  Arena arena;
  const JsonValue request = parse_json(transfer.request, arena).root;
  for (const JsonValue& type : request.find("OutputS3Configuration")->find("OutputType")->elements()) {
    reports_errors_ |= type.text() == "ERROR";
    reports_conditions_ |= type.text() == "CONDITION_CHECK_FAILURE";
  }
}

std::unique_ptr<persistence::WriteTransaction> BulkPut::begin_write() {
  auto transaction = scope_->write();
  const auto now = transaction->document(transfer_document(Transfer::Kind::kBulkPut), transfer_.id);
  if (!now || *now != document_) throw BulkCancelled();
  return transaction;
}

void BulkPut::commit(const BulkProgress& after, std::unique_ptr<persistence::WriteTransaction> transaction) {
  put_bulk_progress(transfer_.id, after, *transaction);
  transaction->commit();
  transaction.reset();
  progress_ = after;
  // The group must not keep other writers waiting, nor readers from what was put, for long.
  constexpr int64_t kRecordsAGroup = 64;
  if (progress_.items % kRecordsAGroup == 0) persistence::settle();
}

void BulkPut::begin(int64_t total_bytes) {
  BulkProgress after = progress_;
  after.total_bytes = total_bytes;
  commit(after, begin_write());
}

void BulkPut::end_object(int64_t bytes) {
  BulkProgress after = progress_;
  ++after.object;
  after.record = 0;
  after.bytes = bytes;
  commit(after, begin_write());
}

void BulkPut::add_row(char kind, std::string_view line, persistence::WriteTransaction& transaction) const {
  std::string key(1, kind);
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(progress_.items >> shift & 0xff);
  transaction.put(transfer_.space, key, static_cast<uint32_t>(line.size()), line);
}

void BulkPut::put(std::string& json, const Place& place) {
  arena_.reset();
  const JsonParse parsed = parse_json_in_place({json.data(), json.size()}, arena_);
  if (parsed.fault != JsonFault::kNone) return refuse("not JSON", place);
  const JsonValue& record = parsed.root;
  const JsonValue* item = record.is_object() ? record.find("Item") : nullptr;
  if (item == nullptr || !item->is_object()) return refuse("expected an object with the member Item", place);
  for (const JsonMember& member : record.members())
    if (std::find(std::begin(kRecordMembers), std::end(kRecordMembers), member.name) == std::end(kRecordMembers))
      return refuse("a record has no member " + std::string(member.name), place);
  try {
    shapes::check_types(shapes::input_shape(OperationId::kPutItem), record);
    write_item_of(record, place);
  } catch (const AwsError& error) {
    note_error({std::string(error.name()), error.message()}, item, place);
  } catch (const expressions::ExpressionError& error) {
    note_error({"ValidationException", error.message}, item, place);
  }
}

// As PutItem does it (operations/put_item.cc), with the operation's own count of what it takes: neither the table's
// throughput nor its throttling is asked.
void BulkPut::write_item_of(const JsonValue& record, const Place& place) {
  const OperationDialect& dialect = engine_.options().dialects.of(OperationId::kPutItem);
  const RequestScope caller{scope_->name.account, scope_->name.region, {}};
  std::string unused;
  OperationContext context{engine_, caller, scope_->name, OperationId::kPutItem, dialect, arena_,
                           record,  unused, scope_,       scope_->space};
  RequestExpressions expressions(context, record);
  expressions.check_use({}, {"ConditionExpression"}, {"ConditionExpression"});
  ItemWrite write;
  write.kind = ItemWrite::Kind::kPut;
  write.item = read_values(context, *record.find("Item"));
  if (item_size(write.item) > kMaxItemSize) throw errors::validation(std::string(errors::text::kItemTooLarge));
  expressions.read_placeholders();
  write.condition = expressions.condition(expressions::ExpressionKind::ConditionExpression);
  expressions.check_unused();
  write.wants_old = reports_conditions_;
  write.collection_limit = engine_.options().collection_limit;

  auto transaction = begin_write();
  TablePtr table = scope_->catalog.find(transfer_.table.name, *transaction);
  for (;;) {
    if (table == nullptr || table->id != transfer_.table.id || table->state == State::kDeleting) throw BulkTableGone();
    write.table = table.get();
    write.key = key_of_new_item(*table, write.item, false);
    if (!scope_->claims.held(table->space, write.key.row)) break;
    // A transaction has the item. It needs the writer's place, which is given up with the open group.
    transaction.reset();
    persistence::settle();
    scope_->claims.wait_until_free(table->space, write.key.row);
    transaction = begin_write();
    table = scope_->catalog.find(transfer_.table.name, *transaction);
  }
  const ItemWritten written = write_item(write, scope_->space->clock, *transaction, arena_);
  BulkProgress after = progress_;
  ++after.record;
  ++after.items;
  if (written.condition_held) {
    after.usage.add(written.use);
  } else {
    ++after.conditions;
    if (reports_conditions_) {
      std::string line;
      JsonWriter w(line);
      write_place(w, place);
      append_json(*record.find("Item"), w.key("Item").next());
      if (written.existed) w.key("ExistingItem").raw(written.old_body);
      w.end_object();
      add_row(kBulkConditionRow, line, *transaction);
    }
  }
  commit(after, std::move(transaction));
}

void BulkPut::refuse(const std::string& sentence, const Place& place) {
  note_error({"ValidationException", sentence}, nullptr, place);
}

void BulkPut::note_error(const Refusal& refusal, const JsonValue* item, const Place& place) {
  auto transaction = begin_write();
  BulkProgress after = progress_;
  ++after.record;
  ++after.items;
  ++after.failed;
  if (reports_errors_) {
    std::string line;
    JsonWriter w(line);
    write_place(w, place);
    w.key("ErrorCode").string(refusal.code).key("ErrorMessage").string(refusal.message);
    if (item != nullptr) append_json(*item, w.key("Item").next());
    w.end_object();
    add_row(kBulkErrorRow, line, *transaction);
  }
  commit(after, std::move(transaction));
}

}  // namespace stator
