#include "emulator/gateway/handlers/function_registry.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "emulator/gateway/handlers/url.h"

namespace stator::gateway {
namespace {

bool is_name(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= 140 && std::all_of(text.begin(), text.end(), plain);
}

// What is wrong with one by itself; empty when nothing is.
std::string fault_in(const FunctionConfig& config) {
  if (!is_name(config.name))
    return "a function's name has letters, digits, '-' and '_' only, not \"" + config.name + "\"";
  const std::string who = "function " + config.name + ": ";
  if (config.timeout.count() < 1) return who + "its timeout must be at least 1 ms";
  if (config.memory_mb < 1) return who + "its memory must be at least 1 MB";
  for (const auto& [name, value] : config.environment)
    if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos ||
        value.find('\0') != std::string::npos)
      return who + "an environment variable cannot be named \"" + name + "\" or hold a NUL";
  bool code = false;
  switch (config.kind) {
    case FunctionKind::kRuntime:
    case FunctionKind::kCommand:
      if (config.command.empty() || config.command[0].empty()) return who + "its command is empty";
      code = !config.code_uri.empty();
      break;
    case FunctionKind::kNode:
    case FunctionKind::kPython:
      if (config.handler.empty()) return who + "it names no handler";
      if (config.code_uri.empty()) return who + "it names no code";
      code = true;
      break;
    case FunctionKind::kInvokeUrl:
    case FunctionKind::kHttp:
      if (!Url::parse(config.url)) return who + "an http:// or https:// URL was expected, not \"" + config.url + "\"";
      break;
    case FunctionKind::kMock:
    case FunctionKind::kAttach:
      break;
  }
  std::error_code error;
  if (code && !std::filesystem::is_directory(config.code_uri, error))
    return who + "there is no folder " + config.code_uri + " with its code";
  return {};
}

std::string at_line(const FunctionConfig& config, const std::string& text) {
  return config.source_file + ":" + std::to_string(config.source_line) + ": " + text;
}

// The same function, wherever in its file it now stands.
bool same(const FunctionConfig& a, FunctionConfig b) {
  b.source_line = a.source_line;
  return a == b;
}

}  // namespace

std::string_view function_name_of(std::string_view text) {
  // arn:aws:lambda:region:account:function:name[:qualifier], account:function:name[:qualifier], name[:qualifier]
  if (const size_t at = text.find("function:"); at == 0 || (at != std::string_view::npos && text[at - 1] == ':'))
    text.remove_prefix(at + 9);
  return text.substr(0, text.find(':'));
}

std::shared_ptr<Function> LocalFunctionRegistry::find(std::string_view name_or_arn) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(function_name_of(name_or_arn));
  return found == by_name_.end() ? nullptr : found->second.function;
}

std::vector<std::string> LocalFunctionRegistry::replace(std::string_view source,
                                                        std::vector<FunctionConfig> functions) {
  std::vector<std::string> faults;
  std::set<std::string> names;
  std::vector<std::shared_ptr<OwnedFunction>> gone, added;
  {
    const std::lock_guard lock(mutex_);
    for (const FunctionConfig& config : functions) {
      if (std::string fault = fault_in(config); !fault.empty()) faults.push_back(at_line(config, fault));
      const auto known = by_name_.find(config.name);
      if (!names.insert(config.name).second)
        faults.push_back(at_line(config, "function " + config.name + " is described twice"));
      else if (known != by_name_.end() && known->second.source != source)
        faults.push_back(
            at_line(config, "function " + config.name + " is described by " + known->second.source + " already"));
    }
    if (!faults.empty()) return faults;

    for (auto at = by_name_.begin(); at != by_name_.end();) {
      if (at->second.source != source || names.contains(at->first)) {
        ++at;
        continue;
      }
      gone.push_back(std::move(at->second.function));
      at = by_name_.erase(at);
    }
    std::erase_if(made_, [](const auto& each) { return each.expired(); });
    for (FunctionConfig& config : functions) {
      Entry& entry = by_name_[config.name];
      if (entry.function && same(entry.function->config(), config)) continue;
      if (entry.function) gone.push_back(std::move(entry.function));
      entry.source = source;
      entry.function = make_(std::move(config));
      added.push_back(entry.function);
      made_.push_back(entry.function);
    }
  }
  on_loop_([gone = std::move(gone), added = std::move(added)] {
    for (const auto& function : gone) function->retire();  // first: an attach function gives its port back
    for (const auto& function : added) function->prepare();
  });
  return {};
}

void LocalFunctionRegistry::stop_all() {
  std::vector<std::weak_ptr<OwnedFunction>> all;
  {
    const std::lock_guard lock(mutex_);
    all = made_;
    by_name_.clear();
  }
  for (const auto& weak : all)
    if (const auto function = weak.lock()) function->stop();
}

}  // namespace stator::gateway
