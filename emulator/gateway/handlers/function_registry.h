// The functions there are, by name, each made for its kind. Only what its owner described in a file gets here, and only
// from here are programs started.
//
// Threads: any (one lock, never held while a function is called). Lifetime: `make` and `on_loop` outlive it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "emulator/gateway/function.h"
#include "emulator/gateway/handlers/owned_function.h"

namespace stator::gateway {

// The function's name in "name", "name:qualifier", "account:function:name", or an ARN, qualified or not.
std::string_view function_name_of(std::string_view name_or_arn);

class LocalFunctionRegistry : public FunctionRegistry {
 public:
  using Make = std::function<std::shared_ptr<OwnedFunction>(FunctionConfig)>;
  using OnLoop = std::function<void(std::function<void()>)>;

  LocalFunctionRegistry(Make make, OnLoop on_loop) : make_(std::move(make)), on_loop_(std::move(on_loop)) {}

  std::shared_ptr<Function> find(std::string_view name_or_arn) const override;
  std::vector<std::string> replace(std::string_view source, std::vector<FunctionConfig> functions) override;
  // On the loop: all that were ever made and still live are stopped.
  void stop_all();

 private:
  struct Entry {
    std::string source;
    std::shared_ptr<OwnedFunction> function;
  };

  Make make_;
  OnLoop on_loop_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> by_name_;
  std::vector<std::weak_ptr<OwnedFunction>> made_;
};

}  // namespace stator::gateway
