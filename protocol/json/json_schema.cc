#include "protocol/json/json_schema.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

namespace stator {
namespace {

constexpr unsigned kFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag | rapidjson::kParseValidateEncodingFlag;

std::string joined(const rapidjson::Value& list) {
  std::string out;
  for (const rapidjson::Value& each : list.GetArray())
    if (each.IsString())
      out += (out.empty() ? "\"" : ",\"") + std::string(each.GetString(), each.GetStringLength()) + "\"";
  return out;
}

// In the words of the validator that the service uses, as far as they are known.
std::string describe(std::string_view keyword, const rapidjson::Value* schema) {
  const rapidjson::Value* rule = nullptr;
  if (schema && schema->IsObject()) {
    const auto found =
        schema->FindMember(rapidjson::Value(keyword.data(), static_cast<rapidjson::SizeType>(keyword.size())));
    if (found != schema->MemberEnd()) rule = &found->value;
  }
  if (keyword == "required" && rule && rule->IsArray())
    return "object has missing required properties ([" + joined(*rule) + "])";
  if (keyword == "type") return "instance type does not match any allowed primitive type";
  if (keyword == "enum") return "instance value not found in enum";
  if (keyword == "additionalProperties") return "object instance has properties which are not allowed by the schema";
  return "instance failed to match \"" + std::string(keyword) + "\"";
}

class CompiledSchema final : public JsonSchema {
 public:
  explicit CompiledSchema(rapidjson::Document source) : source_(std::move(source)), compiled_(source_) {}

  Verdict check(std::string_view text) const override {
    // Straight from the text into the validator: no tree, and no recursion however deep the document.
    Verdict verdict;
    rapidjson::SchemaValidator validator(compiled_);
    rapidjson::Reader reader;
    rapidjson::MemoryStream stream(text.data(), text.size());
    const rapidjson::ParseResult parsed = reader.Parse<kFlags>(stream, validator);
    if (parsed.IsError() && parsed.Code() != rapidjson::kParseErrorTermination) {
      verdict.is_json = false;
      verdict.message = rapidjson::GetParseError_En(parsed.Code());
      return verdict;
    }
    verdict.valid = validator.IsValid() && !parsed.IsError();
    if (!verdict.valid) {
      const rapidjson::Value* at = validator.GetInvalidSchemaPointer().Get(source_);
      const char* keyword = validator.GetInvalidSchemaKeyword();
      verdict.message = describe(keyword ? keyword : "", at);
    }
    return verdict;
  }

 private:
  rapidjson::Document source_;
  rapidjson::SchemaDocument compiled_;
};

}  // namespace

std::shared_ptr<const JsonSchema> JsonSchema::compile(std::string_view schema, std::string& problem) {
  rapidjson::Document source;
  source.Parse<kFlags>(schema.data(), schema.size());
  if (source.HasParseError()) {
    problem = std::string(rapidjson::GetParseError_En(source.GetParseError())) + " (at " +
              std::to_string(source.GetErrorOffset()) + ")";
    return nullptr;
  }
  return std::make_shared<CompiledSchema>(std::move(source));
}

}  // namespace stator
