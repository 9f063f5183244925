// The gateway's documents in the databases: what emulator/gateway sees as a DocumentStore, made of the engine's scopes.
// Part of the program, not of a room.
//
// Threads: any one that has no group of writes open (the control planes' own thread).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "emulator/engine.h"
#include "emulator/gateway/control/control_plane.h"
#include "emulator/gateway/control/document_store.h"

namespace stator {

class ApiDocuments final : public gateway::DocumentStore {
 public:
  explicit ApiDocuments(Engine& engine) : engine_(engine) {}

  void read(const gateway::DocumentScope& scope,
            const std::function<void(gateway::DocumentTransaction&)>& work) override;
  void write(const gateway::DocumentScope& scope,
             const std::function<void(gateway::DocumentTransaction&)>& work) override;
  std::vector<gateway::DocumentScope> scopes() override;
  uint64_t generation() const override { return generation_; }
  void databases_replaced() { ++generation_; }

  // Who signed a request; throws ControlError when nobody did.
  gateway::ControlCaller caller(const WireRequest& request) const;
  // The time of the scope's space, held or not.
  int64_t now_ms(const gateway::DocumentScope& scope) const;

 private:
  Engine& engine_;
  std::atomic<uint64_t> generation_{0};
};

}  // namespace stator
