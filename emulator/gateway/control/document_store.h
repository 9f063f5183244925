// Where the control planes keep their documents, as they see it: bytes by kind and id, in the scope of an account and
// region (and a fork), changed in transactions. emulator/ implements it over the databases; nothing here knows one.
//
// Threads: any. Errors: std::exception for what the store could not do.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stator::gateway {

struct DocumentScope {
  std::string account;
  std::string region;
  std::string fork;  // empty: none
  auto operator<=>(const DocumentScope&) const = default;
};

class DocumentTransaction {
 public:
  virtual ~DocumentTransaction() = default;
  virtual std::optional<std::string> find(std::string_view kind, std::string_view id) = 0;
  virtual std::vector<std::pair<std::string, std::string>> list(std::string_view kind) = 0;  // by id, in byte order
  virtual void put(std::string_view kind, std::string_view id, std::string_view bytes) = 0;
  virtual void erase(std::string_view kind, std::string_view id) = 0;
};

class DocumentStore {
 public:
  virtual ~DocumentStore() = default;
  // Runs `work` in one transaction. It is kept, and on disk, when this returns, unless `work` throws. Reading a scope
  // in which nothing was ever made finds nothing and makes nothing.
  virtual void read(const DocumentScope& scope, const std::function<void(DocumentTransaction&)>& work) = 0;
  virtual void write(const DocumentScope& scope, const std::function<void(DocumentTransaction&)>& work) = 0;
  virtual std::vector<DocumentScope> scopes() = 0;
  // Another number whenever databases were emptied, restored, forked or dropped: what was read of them counts no more.
  virtual uint64_t generation() const = 0;
};

}  // namespace stator::gateway
