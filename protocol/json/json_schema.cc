#include "protocol/json/json_schema.h"

#include <rapidjson/error/en.h>

#include "protocol/json/schema_judge.h"

namespace stator {
namespace {

constexpr unsigned kFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag | rapidjson::kParseValidateEncodingFlag;

// How deep arrays and objects lie in each other, text in quotes aside.
size_t nesting_of(std::string_view json) {
  size_t depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else
        quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

void collect_patterns(const rapidjson::Value& node, const JsonSchema::PatternCompiler& compile, SchemaPatterns& out) {
  const auto add = [&](const rapidjson::Value& text) {
    const std::string expression(text.GetString(), text.GetStringLength());
    if (!out.contains(expression)) out[expression] = compile(expression);
  };
  if (node.IsArray())
    for (const rapidjson::Value& each : node.GetArray()) collect_patterns(each, compile, out);
  if (!node.IsObject()) return;
  for (const auto& member : node.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (name == "pattern" && member.value.IsString()) add(member.value);
    if (name == "patternProperties" && member.value.IsObject())
      for (const auto& pattern : member.value.GetObject()) add(pattern.name);
    collect_patterns(member.value, compile, out);
  }
}

class CompiledSchema final : public JsonSchema {
 public:
  CompiledSchema(rapidjson::Document source, SchemaPatterns patterns)
      : source_(std::move(source)), patterns_(std::move(patterns)) {}

  Verdict check(std::string_view text) const override {
    Verdict verdict;
    rapidjson::Document document;
    document.Parse<kFlags>(text.data(), text.size());
    if (document.HasParseError()) {
      verdict.is_json = false;
      verdict.message = rapidjson::GetParseError_En(document.GetParseError());
      return verdict;
    }
    std::vector<std::string> errors;
    if (nesting_of(text) > kMaxSchemaDepth)
      errors.emplace_back("instance is nested too deeply");
    else
      SchemaJudge(source_, patterns_).judge(source_, document, &errors);
    verdict.valid = errors.empty();
    for (const std::string& each : errors) verdict.message += (verdict.message.empty() ? "" : ", ") + each;
    return verdict;
  }

 private:
  rapidjson::Document source_;
  SchemaPatterns patterns_;
};

}  // namespace

std::shared_ptr<const JsonSchema> JsonSchema::compile(std::string_view schema, const PatternCompiler& patterns,
                                                      std::string& problem) {
  rapidjson::Document source;
  source.Parse<kFlags>(schema.data(), schema.size());
  if (source.HasParseError()) {
    problem = std::string(rapidjson::GetParseError_En(source.GetParseError())) + " (at " +
              std::to_string(source.GetErrorOffset()) + ")";
    return nullptr;
  }
  if (nesting_of(schema) > kMaxSchemaDepth) {
    problem = "it is nested too deeply";
    return nullptr;
  }
  SchemaPatterns compiled;
  collect_patterns(source, patterns, compiled);
  return std::make_shared<CompiledSchema>(std::move(source), std::move(compiled));
}

}  // namespace stator
