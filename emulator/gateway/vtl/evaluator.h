// One run of a template: walks the tree, keeps the variables, appends the output. See template.h.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "emulator/gateway/vtl/template.h"

namespace stator::vtl {

class Evaluator {
 public:
  using Variables = std::unordered_map<std::string, Value>;

  Evaluator(const Parsed& parsed, Heap& heap, const Limits& limits, Variables& variables)
      : parsed_(parsed), heap_(heap), limits_(limits), variables_(variables) {}

  void run(const Block& block, std::string& out);

 private:
  enum class Flow : uint8_t { kNext, kBreak, kStop };
  class DefinedBlock;
  struct Nest;

  void step(int line);
  Flow render(const Block& block, std::string& out);
  Flow render_statement(const Statement& statement, std::string& out);
  Flow render_if(const Statement& statement, std::string& out);
  Flow render_foreach(const Statement& statement, std::string& out);
  Flow render_macro(const Statement& statement, std::string& out);
  void render_reference(const Statement& statement, std::string& out);
  void append(const Value& value, std::string& out);
  void check_output(const std::string& out) const;

  Value evaluate(const Expression& expression);
  Value evaluate_chain(const Expression& expression);
  Value combine(Expression::Operator op, const Value& left, const Value& right, const Expression& a,
                const Expression& b);
  Value resolve(const Reference& reference);
  Value take_step(const Value& value, const Step& step);
  void assign(const Reference& reference, Value value);
  Value* find(const std::string& name);
  Value get(const std::string& name);
  void put(const std::string& name, Value value);

  const Parsed& parsed_;
  Heap& heap_;
  const Limits& limits_;
  Variables& variables_;
  std::vector<Variables> frames_;  // the parameters of the macros under way
  size_t steps_ = 0;
  int depth_ = 0;
  int line_ = 0;
};

}  // namespace stator::vtl
