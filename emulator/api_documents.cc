#include "emulator/api_documents.h"

#include "emulator/gateway/control/control_error.h"
#include "persistence/store.h"
#include "protocol/error/aws_error.h"
#include "protocol/shapes/signature.h"

namespace stator {
namespace {

persistence::ScopeName name_of(const gateway::DocumentScope& scope) {
  return {scope.account, scope.region, scope.fork};
}

class Reading final : public gateway::DocumentTransaction {
 public:
  explicit Reading(persistence::ReadTransaction* transaction) : transaction_(transaction) {}
  std::optional<std::string> find(std::string_view kind, std::string_view id) override {
    return transaction_ ? transaction_->document(kind, id) : std::nullopt;
  }
  std::vector<std::pair<std::string, std::string>> list(std::string_view kind) override {
    if (!transaction_) return {};
    return transaction_->documents(kind);
  }
  void put(std::string_view, std::string_view, std::string_view) override {
    throw std::logic_error("a reading transaction was asked to write");
  }
  void erase(std::string_view, std::string_view) override {
    throw std::logic_error("a reading transaction was asked to erase");
  }

 private:
  persistence::ReadTransaction* transaction_;  // null: nothing was ever made in this scope
};

class Writing final : public gateway::DocumentTransaction {
 public:
  explicit Writing(persistence::WriteTransaction& transaction) : transaction_(transaction) {}
  std::optional<std::string> find(std::string_view kind, std::string_view id) override {
    return transaction_.document(kind, id);
  }
  std::vector<std::pair<std::string, std::string>> list(std::string_view kind) override {
    return transaction_.documents(kind);
  }
  void put(std::string_view kind, std::string_view id, std::string_view bytes) override {
    transaction_.put_document(kind, id, bytes);
  }
  void erase(std::string_view kind, std::string_view id) override { transaction_.erase_document(kind, id); }

 private:
  persistence::WriteTransaction& transaction_;
};

}  // namespace

void ApiDocuments::read(const gateway::DocumentScope& scope,
                        const std::function<void(gateway::DocumentTransaction&)>& work) {
  const auto entered = engine_.wait_to_enter_request();
  const std::shared_ptr<Scope> found = engine_.find_scope(name_of(scope));
  const std::unique_ptr<persistence::ReadTransaction> transaction = found ? found->store->read() : nullptr;
  Reading reading(transaction.get());
  work(reading);
}

void ApiDocuments::write(const gateway::DocumentScope& scope,
                         const std::function<void(gateway::DocumentTransaction&)>& work) {
  const auto entered = engine_.wait_to_enter_request();
  const std::shared_ptr<Scope> found = engine_.create_scope(name_of(scope));
  if (!found) throw std::runtime_error("the fork \"" + scope.fork + "\" is gone");
  try {
    const std::unique_ptr<persistence::WriteTransaction> transaction = found->store->write();
    Writing writing(*transaction);
    work(writing);
    transaction->commit();
  } catch (...) {
    persistence::settle();  // what is left of the group is nothing
    throw;
  }
  persistence::settle();
}

std::vector<gateway::DocumentScope> ApiDocuments::scopes() {
  std::vector<gateway::DocumentScope> scopes;
  for (const persistence::ScopeName& name : engine_.stores().names())
    scopes.push_back({name.account, name.region, name.fork});
  return scopes;
}

gateway::ControlCaller ApiDocuments::caller(const WireRequest& request) const {
  RequestScope signer;
  try {
    signer = check_signature(request);
  } catch (const AwsError& error) {
    const bool unsigned_request = error.name() == "MissingAuthenticationTokenException";
    throw gateway::control::ControlError{403, std::string(error.name()),
                                         unsigned_request ? "Missing Authentication Token" : error.message()};
  }
  const SpacePtr space = engine_.spaces().of(signer.access_key);
  if (!space->key.empty()) signer.account = space->account;
  gateway::ControlCaller caller;
  caller.account = signer.account;
  caller.region = signer.region;
  caller.scope = engine_.options().shared ? gateway::DocumentScope{"", "", space->key}
                                          : gateway::DocumentScope{signer.account, signer.region, space->key};
  return caller;
}

int64_t ApiDocuments::now_ms(const gateway::DocumentScope& scope) const {
  const SpacePtr space = engine_.spaces().find(scope.fork);
  return (space ? space : engine_.spaces().main())->clock.now_ms();
}

}  // namespace stator
