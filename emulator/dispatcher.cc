#include "emulator/dispatcher.h"

#include <chrono>
#include <random>

#include "emulator/expressions/expression_error.h"
#include "emulator/operations.h"
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

void Dispatcher::handle(WireRequest& request, WireReply& reply) {
  auto start = std::chrono::steady_clock::now();
  RequestRecord record;
  reply.headers.emplace_back("x-amzn-RequestId", new_request_id());
  std::string failure;
  try {
    run(request, reply.body, record);
  } catch (const AwsError& error) {
    reply.status = error.status();
    reply.body.clear();
    errors::append_error_body(error, reply.body);
    record.error = error.name();
    failure = error.message();
  } catch (const std::exception& error) {
    if (on_failure) on_failure(error.what());
    AwsError answer = errors::internal_server_error();
    reply.status = answer.status();
    reply.body.clear();
    errors::append_error_body(answer, reply.body);
    record.error = "InternalServerError";
    failure = error.what();
  }
  if (!reply.body.empty()) reply.headers.emplace_back("Content-Type", kContentType);
  if (observer) {
    record.status = reply.status;
    record.error_message = failure;
    record.nanoseconds =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
    observer(record);
  }
}

void Dispatcher::run(WireRequest& request, std::string& body, RequestRecord& record) {
  std::optional<std::string_view> target = request.header("x-amz-target");
  const OperationInfo* operation = find_target(target.value_or(""));
  OperationFunction function = operation != nullptr ? operation_function(operation->id) : nullptr;
  if (function == nullptr) throw errors::unknown_operation();
  record.operation = operation->name;

  RequestScope caller = check_signature(request);

  thread_local Arena arena;
  arena.reset();
  JsonParse parsed = parse_json_in_place(request.body, arena);
  if (parsed.fault != JsonFault::kNone) throw errors::malformed_body();
  const OperationDialect& dialect = check_request(operation->id, parsed.root, engine_.options().dialects);

  persistence::ScopeName scope_name;
  if (!engine_.options().shared) scope_name = {caller.account, caller.region, ""};
  OperationContext context{engine_, caller, scope_name, operation->id, dialect, arena, parsed.root, body, nullptr};
  context.scope = engine_.find_scope(context.scope_name);
  try {
    function(context);
  } catch (const AwsError& error) {
    if (on_missing_table && error.name() == "ResourceNotFoundException" && context.find("TableName") != nullptr)
      on_missing_table(context.scope_name, table_name_of(context, context.string("TableName")));
    throw;
  } catch (const expressions::ExpressionError& error) {
    throw error.before_table ? layer2(dialect, error.message) : errors::validation(error.message);
  }
}

bool Dispatcher::settle() {
  try {
    persistence::settle();
    return true;
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
  handle(request, reply);
  if (!settle()) fail(reply);
}

}  // namespace stator
