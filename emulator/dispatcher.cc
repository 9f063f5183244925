#include "emulator/dispatcher.h"

#include <chrono>
#include <random>
#include <utility>

#include "emulator/expressions/expression_error.h"
#include "emulator/operations.h"
#include "emulator/operations/statement_targets.h"
#include "emulator/vectors/strict_body.h"
#include "persistence/store_error.h"
#include "protocol/shapes/checker.h"

namespace stator {
namespace {

constexpr std::string_view kContentType = "application/x-amz-json-1.0";

uint64_t next_random() {
  thread_local uint64_t state = std::random_device()() | uint64_t{std::random_device()()} << 32;
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// The thread's group had to be settled in the middle of a batch, and failed: its earlier answers must not leave.
thread_local bool batch_failed = false;

// Of what a test throttles: the request's table or index. A batch names none.
std::vector<errors::ThrottlingReason> throttling_reasons(const OperationContext& context, const RequestRecord& record,
                                                         bool reads, std::string_view limit) {
  if (record.table.empty()) return {};
  errors::ThrottlingReason reason{record.index.empty() ? "Table" : "Index",
                                  table_arn(context, table_name_of(context, record.table))};
  reason.reason += reads ? "Read" : "Write";
  reason.reason += limit;
  if (!record.index.empty()) reason.resource += "/index/" + std::string(record.index);
  return {reason};
}

// Throws the error that a fault orders, if it orders one.
void refuse_as_ordered(const Fault& fault, const OperationContext& context, const RequestRecord& record, bool reads) {
  if (fault.error.empty()) return;
  const JsonValue* actions = context.input.find("TransactItems");
  if (actions == nullptr) actions = context.input.find("TransactStatements");
  if (actions != nullptr && fault.error == "TransactionConflictException") {
    // Transactions do not throw it: each action tells why it was cancelled.
    std::vector<errors::CancellationReason> conflicts(
        actions->count(),
        {"TransactionConflict", fault.message.empty() ? "Transaction is ongoing for the item" : fault.message, {}});
    throw errors::transaction_canceled(conflicts);
  }
  auto reasons = [&](std::string_view limit) { return throttling_reasons(context, record, reads, limit); };
  bool index = !record.index.empty();
  AwsError error = fault.error == "ProvisionedThroughputExceededException"
                       ? errors::provisioned_throughput_exceeded(reasons("ProvisionedThroughputExceeded"), index)
                   : fault.error == "ThrottlingException" ? errors::throttling(reasons("KeyRangeThroughputExceeded"))
                   : fault.error == "RequestLimitExceeded"
                       ? errors::request_limit_exceeded(reasons("AccountLimitExceeded"))
                   : fault.error == "InternalServerError"          ? errors::internal_server_error()
                   : fault.error == "ServiceUnavailable"           ? errors::service_unavailable()
                   : fault.error == "TransactionConflictException" ? errors::transaction_conflict()
                                                                   : errors::validation("");
  if (error.name() != "ValidationException" && fault.message.empty()) throw error;
  std::string type = error.name() == "ValidationException" ? "com.amazonaws.dynamodb.v20120810#" + fault.error
                                                           : std::string(error.type());
  throw AwsError(error.status(), type, fault.message.empty() ? "Ordered by a test" : fault.message, error.extra());
}

// Bodies come as JSON 1.0 or plain JSON, whatever the parameters; the service knows no operation behind anything else.
bool speaks_json(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  return equal_ignoring_case(content_type, kContentType) || equal_ignoring_case(content_type, "application/json");
}

}  // namespace

std::string new_request_id() {
  static constexpr char kSymbols[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string id(52, 'A');
  for (size_t i = 0; i < id.size();) {
    uint64_t bits = next_random();
    for (int n = 0; n < 10 && i < id.size(); ++n, bits >>= 6) id[i++] = kSymbols[(bits & 63) * 36 >> 6];
  }
  return id;
}

// What outlives run(): the request's arena is the thread's and lives until its next request.
struct Dispatcher::Course {
  RequestRecord record;
  SpacePtr space;
  std::optional<Fault> fault;
};

void Dispatcher::handle(WireRequest& request, WireReply& reply) {
  answer(request, reply, access);
}

void Dispatcher::answer(WireRequest& request, WireReply& reply, AccessGate* gate) {
  auto start = std::chrono::steady_clock::now();
  Course course;
  RequestRecord& record = course.record;
  reply.headers.emplace_back("x-amzn-RequestId", new_request_id());
  if (!speaks_json(request.header("content-type").value_or(""))) {
    reply.status = 404;
    reply.body = "<UnknownOperationException/>\n";
    return;
  }
  std::string failure;
  auto answer_error = [&](const AwsError& error) {
    reply.status = error.status();
    reply.body.clear();
    errors::append_error_body(error, reply.body);
    record.error = error.name();
    failure = error.message();
  };
  std::optional<AwsError> refused;  // outlives the record, which names it
  try {
    run(request, reply, course, gate);
  } catch (const AwsError& error) {
    answer_error(refused.emplace(error));
  } catch (const std::exception& error) {
    if (on_failure) on_failure(error.what());
    answer_error(refused.emplace(errors::internal_server_error()));
  }
  if (!reply.body.empty()) reply.headers.emplace_back("Content-Type", kContentType);
  if (course.fault) {
    const Fault& fault = *course.fault;
    reply.delay_ms = fault.latency_ms;
    reply.drop_connection = fault.drop_connection;
    reply.body_bytes_per_second = fault.body_bytes_per_second;
    if (fault.wrong_crc32) reply.headers.emplace_back("x-amz-crc32", "1");
  }
  if (course.space == nullptr && !observer) return;
  record.status = reply.status;
  record.error_message = failure;
  record.nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
  if (course.space != nullptr)
    course.space->log.add({.time_ms = course.space->clock.now_ms(),
                           .operation = record.operation,
                           .table = std::string(record.table),
                           .index = std::string(record.index),
                           .error = std::string(record.error),
                           .status = record.status,
                           .units = record.units,
                           .rows = record.rows,
                           .microseconds = record.nanoseconds / 1000});
  if (observer) observer(record);
}

void Dispatcher::run(WireRequest& request, WireReply& reply, Course& course, AccessGate* gate) {
  std::optional<std::string_view> target = request.header("x-amz-target");
  const OperationInfo* operation = find_target(target.value_or(""));
  OperationFunction function = operation != nullptr ? operation_function(operation->id) : nullptr;
  if (function == nullptr) throw errors::unknown_operation();
  course.record.operation = operation->name;

  RequestScope caller = check_signature(request);
  const access::Identity* identity = gate != nullptr ? &gate->authenticate(request) : nullptr;
  course.space = engine_.spaces().of(caller.access_key);
  const Space& space = *course.space;
  if (!space.key.empty()) caller.account = space.account;

  thread_local Arena arena;
  arena.reset();
  bool strict = operation->id == OperationId::kSearchVectors;
  std::string body = strict ? std::string(request.body.data(), request.body.size()) : std::string();
  JsonParse parsed = parse_json_in_place(request.body, arena);
  if (parsed.fault != JsonFault::kNone) throw errors::malformed_body();
  if (strict && parsed.root.is_object()) vectors::check_search_body(body, parsed.root);
  const OperationDialect* checked = nullptr;
  try {
    checked = &check_request(operation->id, parsed.root, engine_.options().dialects);
  } catch (const AwsError& error) {
    // A ResourceArn that is no resource's, which nobody may touch.
    if (identity != nullptr && error.name() == "AccessDeniedException") throw refused_for(*identity, error);
    throw;
  }
  const OperationDialect& dialect = *checked;

  if (identity != nullptr)
    caller.account =
        engine_.options().shared ? identity->account : gate->owner_account(operation->id, parsed.root, *identity);

  course.record.table = OperationContext::string_in(parsed.root, "TableName");
  // A batch on one table is that table's.
  if (const JsonValue* tables = parsed.root.find("RequestItems"); tables != nullptr && tables->members().size() == 1)
    course.record.table = tables->members()[0].name;
  course.record.index = OperationContext::string_in(parsed.root, "IndexName");
  persistence::ScopeName scope_name{"", "", space.key};
  if (!engine_.options().shared) scope_name = {caller.account, caller.region, space.key};
  OperationContext context{engine_,
                           caller,
                           scope_name,
                           operation->id,
                           dialect,
                           arena,
                           parsed.root,
                           reply.body,
                           nullptr,
                           course.space,
                           request.header("host").value_or("")};
  StatementTargets statements = statement_targets(context, course.space->faults.any());
  if (!statements.table.empty()) {
    course.record.table = statements.table;
    course.record.index = statements.index;
  }
  bool reads = statements.reads || operation->id == OperationId::kGetItem || operation->id == OperationId::kQuery ||
               operation->id == OperationId::kScan;
  if (course.space->faults.any()) {
    std::vector<FaultSubject::Target> targets =
        statements.targets.empty() ? fault_targets(parsed.root) : std::move(statements.targets);
    course.fault = course.space->faults.strike(
        {.operation = operation->name, .index = course.record.index, .targets = std::move(targets)});
    if (course.fault && !course.fault->after) refuse_as_ordered(*course.fault, context, course.record, reads);
    context.all_unprocessed = course.fault && course.fault->unprocessed;
    // A dropped connection means that nothing happened, unless the rule says that it had.
    if (course.fault && course.fault->drop_connection && !course.fault->after) return;
  }
  auto entered = engine_.enter_request();
  if (!entered) {
    // Databases are being copied, and that waits for this thread's group too.
    if (!settle()) batch_failed = true;
    entered = engine_.wait_to_enter_request();
  }
  context.scope = engine_.find_scope(context.scope_name);
  if (identity != nullptr) gate->authorize(context, request, *identity);
  try {
    function(context);
  } catch (const AwsError& error) {
    if (on_missing_table && error.name() == "ResourceNotFoundException" && !course.record.table.empty())
      on_missing_table(context.scope_name, table_name_of(context, course.record.table));
    throw;
  } catch (const expressions::ExpressionError& error) {
    throw error.before_table ? layer2(dialect, error.message) : errors::validation(error.message);
  }
  course.record.units = context.notes.units;
  course.record.rows = context.notes.rows;
  if (course.fault && course.fault->after) refuse_as_ordered(*course.fault, context, course.record, reads);
}

bool Dispatcher::settle() {
  bool failed_before = std::exchange(batch_failed, false);
  try {
    persistence::settle();
    return !failed_before;
  } catch (const std::exception& error) {
    if (on_failure) on_failure(error.what());
    engine_.forget_catalogs();
    return false;
  }
}

void Dispatcher::fail(WireReply& reply) {
  AwsError answer = errors::internal_server_error();
  std::string id = new_request_id();
  reply.clear();
  reply.status = answer.status();
  reply.headers.emplace_back("x-amzn-RequestId", id);
  reply.headers.emplace_back("Content-Type", kContentType);
  errors::append_error_body(answer, reply.body);
}

void Dispatcher::handle_now(WireRequest& request, WireReply& reply) {
  reply.clear();
  answer(request, reply, nullptr);
  if (!settle()) fail(reply);
}

}  // namespace stator
