#include "emulator/elsewhere.h"

#include <algorithm>
#include <exception>

namespace stator {
namespace {

constexpr size_t kMostMisses = 1000;  // remembered; a program that asks for more names than that is not helped by hints
constexpr size_t kMostScopes = 64;    // looked into for one miss

}  // namespace

Elsewhere::Elsewhere(Engine& engine, std::function<void(std::string_view)> tell)
    : engine_(engine), tell_(std::move(tell)), thread_([this] { run(); }) {}

Elsewhere::~Elsewhere() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Elsewhere::missed(const persistence::ScopeName& where, std::string_view table) {
  {
    std::lock_guard lock(mutex_);
    if (seen_.size() >= kMostMisses) return;
    Miss miss(where, table);
    if (!seen_.insert(miss).second) return;
    waiting_.push_back(std::move(miss));
  }
  wake_.notify_one();
}

void Elsewhere::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Miss miss = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      look_up(miss);
    } catch (const std::exception&) {
      // A hint is all that is lost; whatever is wrong with that store is told when it is used.
    }
    lock.lock();
  }
}

void Elsewhere::look_up(const Miss& miss) {
  const auto& [where, table] = miss;
  std::vector<persistence::ScopeName> names = engine_.stores().names();
  names.resize(std::min(names.size(), kMostScopes));
  for (const persistence::ScopeName& name : names) {
    if (name == where) continue;
    std::shared_ptr<Scope> scope = engine_.find_scope(name);
    if (scope == nullptr || scope->catalog.find(table) == nullptr) continue;
    tell_("table " + table + " is not in account " + where.account + ", region " + where.region +
          ", but there is one in account " + name.account + ", region " + name.region +
          ": check the client's key and region, or start with --shared");
    return;
  }
}

}  // namespace stator
