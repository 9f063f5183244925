// A mapping template, compiled once and rendered for each request.
//
//   Render render(limits);                         // owns what the template makes
//   render.set("input", ...);  std::string body = render.run(*compiled);
//
// Immutable once compiled; a Render is one thread's and one rendering's. Errors are TemplateError with the template's
// line. What a reference does not find renders as nothing, as the service does it. Limits keep any template from
// harming the server; the one the service documents (1,000 turns of a loop) ends the loop in silence, as there.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "emulator/gateway/vtl/parser.h"
#include "emulator/gateway/vtl/value.h"

namespace stator::vtl {

class Template {
 public:
  static std::shared_ptr<const Template> compile(std::string_view text);  // throws TemplateError

  const Parsed& parsed() const { return parsed_; }

 private:
  explicit Template(Parsed parsed) : parsed_(std::move(parsed)) {}
  Parsed parsed_;
};

struct Limits {
  size_t steps = 1'000'000;
  size_t memory = 128u << 20;
  size_t output = 10u << 20;
  int depth = 300;
  int loop = 1000;
  std::chrono::milliseconds time{10'000};
};

class Evaluator;

class Render {
 public:
  explicit Render(Limits limits = {}) : limits_(limits), heap_(limits.memory, limits.time) {}

  Heap& heap() { return heap_; }
  void set(const std::string& name, Value value) { variables_[name] = std::move(value); }
  std::string run(const Template& compiled);  // `compiled` outlives the Render

 private:
  Limits limits_;
  Heap heap_;
  std::unordered_map<std::string, Value> variables_;
  // Outlives the run: what a #define names may be in a value that is only written later.
  std::shared_ptr<Evaluator> evaluator_;
};

}  // namespace stator::vtl
