// A mapping template as it was understood. Built by the parser, immutable afterwards, walked by the evaluator.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stator::vtl {

struct Statement;
using Block = std::vector<Statement>;
struct Expression;

// One step behind a reference's name: .name, .name(arguments), [index].
struct Step {
  enum class Kind : uint8_t { kProperty, kMethod, kIndex };
  Kind kind = Kind::kProperty;
  std::string name;
  std::vector<Expression> arguments;  // the index is the only one
};

struct Reference {
  std::string name;
  std::vector<Step> steps;
  std::string literal;  // as written, without the backslashes before it
};

struct Expression {
  enum class Kind : uint8_t {
    kNull,
    kBool,
    kInteger,
    kDouble,
    kString,        // text
    kInterpolated,  // block
    kReference,
    kList,   // parts
    kMap,    // parts: key, value, key, value
    kRange,  // parts: from, to
    kNot,    // one part
    kChain,  // parts joined by operators of one precedence, from the left: a + b - c
  };
  enum class Operator : uint8_t {
    kOr,
    kAnd,
    kEq,
    kNe,
    kLt,
    kLe,
    kGt,
    kGe,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kModulo
  };

  Kind kind = Kind::kNull;
  int line = 0;
  bool truth = false;
  int64_t integer = 0;
  double real = 0;
  std::string text;
  Reference reference;
  std::vector<Expression> parts;
  std::vector<Operator> operators;  // between the parts
  Block block;
};

struct Statement {
  enum class Kind : uint8_t {
    kText,
    kReference,
    kSet,      // reference = value
    kIf,       // conditions[i] -> blocks[i]; one block more is the #else
    kForeach,  // name, conditions[0], blocks[0], and blocks[1] for #else
    kBreak,
    kStop,
    kDefine,  // name, blocks[0]
    kMacro,   // a call: name, conditions are the arguments, blocks[0] the body of #@name
  };

  Kind kind = Kind::kText;
  int line = 0;
  std::string text;  // also a call as it was written
  std::string name;
  int backslashes = 0;  // before a reference
  Reference reference;
  std::vector<Expression> conditions;
  std::vector<Block> blocks;
};

struct Macro {
  std::string name;
  std::vector<std::string> parameters;
  Block body;
};

}  // namespace stator::vtl
