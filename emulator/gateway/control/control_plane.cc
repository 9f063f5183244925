#include "emulator/gateway/control/control_plane.h"

#include <algorithm>
#include <span>
#include <utility>

#include "emulator/gateway/call.h"
#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/signed_service.h"
#include "protocol/json/json_writer.h"
#include "protocol/url/url.h"

namespace stator::gateway {
namespace {

using namespace control;

WireReply error_reply(const ControlError& error) {
  WireReply reply;
  reply.status = error.status;
  reply.headers.emplace_back("x-amzn-ErrorType", error.type);
  reply.headers.emplace_back("Content-Type", "application/json");
  JsonWriter(reply.body).begin_object().key("message").string(error.message).end_object();
  return reply;
}

// What the operation made, in the form of its output.
WireReply written(const model::Operation& operation, ControlReply made) {
  WireReply reply;
  reply.status = operation.status;
  if (!made.raw.empty()) {
    reply.body = std::move(made.raw);
    for (auto& header : made.headers) reply.headers.push_back(std::move(header));
  } else if (operation.output != 0) {
    templates::append_json(shaped(made.body, model::shape(operation.service, operation.output)), reply.body);
    reply.headers.emplace_back("Content-Type", "application/json");
  }
  return reply;
}

WireReply signed_reply(WireReply reply) {
  reply.headers.emplace_back("x-amzn-RequestId", new_uuid());
  reply.headers.emplace_back("x-amz-apigw-id", new_extended_id());
  return reply;
}

bool run_operation(ControlRequest& request) {
  using Family = bool (*)(ControlRequest&);
  static constexpr Family kRest[] = {run_rest_apis,
                                     run_rest_resources,
                                     run_rest_methods,
                                     run_rest_stages,
                                     run_rest_parts,
                                     run_rest_account,
                                     run_imports,
                                     run_exports,
                                     run_domains,
                                     run_tags_and_links,
                                     run_documentation,
                                     run_key_imports,
                                     run_usage,
                                     run_sdk_types,
                                     run_test_invokes,
                                     run_model_templates,
                                     run_access_associations};
  static constexpr Family kV2[] = {run_v2_apis, run_v2_stages,      run_imports,         run_exports,
                                   run_domains, run_tags_and_links, run_model_templates, run_routing_rules};
  const std::span<const Family> families = request.is_rest() ? std::span<const Family>(kRest) : kV2;
  return std::any_of(families.begin(), families.end(), [&](Family family) { return family(request); });
}

std::vector<std::string_view> split(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path_segments(path);
}

bool is_write(const model::Operation& operation) {
  return operation.method != "GET";
}

// Bodies that are documents of their own and no JSON of the operation's.
bool has_own_body(const model::Operation& operation) {
  return operation.service == model::Service::kRest &&
         (operation.name.starts_with("Import") || operation.name == "PutRestApi");
}

}  // namespace

ControlPlane::ControlPlane(DocumentStore& store, ControlOptions options)
    : store_(store), options_(std::move(options)), thread_([this] { loop(); }) {}

void ControlPlane::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool ControlPlane::handle(const std::shared_ptr<Exchange>& exchange) {
  const WireRequest& request = exchange->request();
  const std::string_view service = signed_service(request);
  // Unsigned, /restapis is nobody else's: it is refused as the service refuses it.
  if (service != "apigateway" && !(service.empty() && request.target.starts_with("/restapis"))) return false;
  if (request.target.find("/_user_request_") != std::string_view::npos) return false;
  post([this, exchange] { answer(exchange); });
  return true;
}

void ControlPlane::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void ControlPlane::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    std::function<void()> task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      task();
    } catch (const std::exception& error) {
      if (options_.failed) options_.failed(error.what());
    }
    task = nullptr;
    lock.lock();
  }
}

std::optional<ControlPlane::Match> ControlPlane::match(std::string_view method, std::string_view path,
                                                       std::string_view query) const {
  const std::vector<std::string_view> parts = split(path);
  const bool import = query.find("mode=import") != std::string_view::npos;
  const auto service = parts.front() == "v2" ? model::Service::kV2 : model::Service::kRest;
  std::optional<Match> best;
  for (const model::Operation& operation : model::operations(service)) {
    if (operation.method != method) continue;
    const size_t mark = operation.uri.find('?');
    if ((mark != std::string_view::npos) != (import && method == "POST" && parts.size() == 1)) continue;
    const std::vector<std::string_view> wanted = split(operation.uri.substr(0, mark));
    if (wanted.size() != parts.size()) continue;
    Match candidate{&operation, {}};
    bool same = true;
    for (size_t i = 0; i < parts.size() && same; ++i) {
      if (wanted[i].starts_with('{'))
        candidate.names.emplace(wanted[i].substr(1, wanted[i].size() - 2), percent_decode(parts[i]));
      else
        same = wanted[i] == parts[i];
    }
    // Fixed words are better than names.
    if (same && (!best || candidate.names.size() < best->names.size())) best = std::move(candidate);
  }
  return best;
}

void ControlPlane::answer(const std::shared_ptr<Exchange>& exchange) {
  const WireRequest& wire = exchange->request();
  const size_t mark = wire.target.find('?');
  const std::string_view path = wire.target.substr(0, mark);
  const std::string_view query = mark == std::string_view::npos ? std::string_view() : wire.target.substr(mark + 1);
  try {
    const std::optional<Match> found = match(wire.method, path, query);
    if (!found) throw ControlError{403, "MissingAuthenticationTokenException", "Missing Authentication Token"};
    const model::Operation& operation = *found->operation;
    const ControlCaller caller = options_.caller(wire);
    Node input = map_node();
    const std::string_view body(wire.body.data(), wire.body.size());
    if (!body.empty() && !has_own_body(operation)) {
      std::optional<Node> parsed = parse_document(body);
      if (!parsed) throw ControlError{400, "SerializationException", "The request body is not JSON"};
      input = *std::move(parsed);
    }
    std::vector<std::string> changed;
    ControlReply made;
    const auto work = [&](DocumentTransaction& transaction) {
      Documents documents(transaction);
      ControlRequest request{operation, documents};
      request.account = caller.account;
      request.region = caller.region;
      request.scope = caller.scope;
      request.base_url = "http://" + std::string(wire.header("Host").value_or("127.0.0.1"));
      request.now_ms = options_.now_ms(caller);
      request.names = found->names;
      request.query = parse_query(query, false);
      request.input = input;
      request.raw = body;
      request.usage = &options_.usage;
      request.tests = &options_.tests;
      request.accept = wire.header("Accept").value_or("");
      request.user_agent = wire.header("User-Agent").value_or("");
      check_input(request);
      if (!run_operation(request)) throw not_offered(std::string(operation.name));
      made = std::move(request.reply);
      changed = std::move(request.changed);
    };
    if (is_write(operation)) {
      store_.write(caller.scope, work);
      if (!changed.empty()) options_.changed(caller.scope, changed);
    } else {
      store_.read(caller.scope, work);
    }
    if (!made.later) return exchange->reply(signed_reply(written(operation, std::move(made))));
    made.later([exchange, &operation](Node late) {
      ControlReply reply;
      reply.body = std::move(late);
      exchange->reply(signed_reply(written(operation, std::move(reply))));
    });
  } catch (const ControlError& error) {
    exchange->reply(signed_reply(error_reply(error)));
  } catch (const std::exception& error) {
    if (options_.failed) options_.failed(error.what());
    exchange->reply(signed_reply(error_reply({500, "InternalFailure", "Internal server error"})));
  }
}

}  // namespace stator::gateway
