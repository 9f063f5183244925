#include "protocol/json/schema_judge.h"

#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

namespace stator {
namespace {

using Value = rapidjson::Value;

std::string_view text_of(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

const Value* find(const Value& schema, const char* keyword) {
  const auto found = schema.FindMember(keyword);
  return found == schema.MemberEnd() ? nullptr : &found->value;
}

const Value* find_list(const Value& schema, const char* keyword) {
  const Value* found = find(schema, keyword);
  return found && found->IsArray() ? found : nullptr;
}

const Value* find_map(const Value& schema, const char* keyword) {
  const Value* found = find(schema, keyword);
  return found && found->IsObject() ? found : nullptr;
}

std::string json_of(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

template <typename Names>
std::string list_of(const Names& names) {
  std::string out = "[";
  for (const auto& each : names) out += (out.size() == 1 ? "\"" : ",\"") + std::string(each) + "\"";
  return out + "]";
}

const char* type_of(const Value& value) {
  switch (value.GetType()) {
    case rapidjson::kNullType:
      return "null";
    case rapidjson::kFalseType:
    case rapidjson::kTrueType:
      return "boolean";
    case rapidjson::kObjectType:
      return "object";
    case rapidjson::kArrayType:
      return "array";
    case rapidjson::kStringType:
      return "string";
    case rapidjson::kNumberType:
      break;
  }
  return value.IsInt64() || value.IsUint64() ? "integer" : "number";
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// The keyword's bound, when it is a whole number.
const Value* bound(const Value& schema, const char* keyword) {
  const Value* found = find(schema, keyword);
  return found && found->IsUint64() ? found : nullptr;
}

int compare(const Value& a, const Value& b) {
  if (a.IsInt64() && b.IsInt64()) return a.GetInt64() < b.GetInt64() ? -1 : a.GetInt64() > b.GetInt64();
  return a.GetDouble() < b.GetDouble() ? -1 : a.GetDouble() > b.GetDouble();
}

void judge_type(const Value& schema, const Value& instance, std::vector<std::string>& errors) {
  const Value* type = find(schema, "type");
  std::set<std::string> allowed;
  if (type && type->IsString()) allowed.emplace(text_of(*type));
  if (type && type->IsArray())
    for (const Value& each : type->GetArray())
      if (each.IsString()) allowed.emplace(text_of(each));
  if (allowed.contains("number")) allowed.emplace("integer");
  if (allowed.empty() || allowed.contains(type_of(instance))) return;
  errors.push_back(std::string("instance type (") + type_of(instance) +
                   ") does not match any allowed primitive type (allowed: " + list_of(allowed) + ")");
}

}  // namespace

const Value* SchemaJudge::referred(const Value& schema) const {
  const Value* at = &schema;
  for (int hops = 0; at && at->IsObject() && hops < 50; ++hops) {
    const Value* reference = find(*at, "$ref");
    if (!reference || !reference->IsString()) return at;
    if (reference->GetStringLength() == 0 || reference->GetString()[0] != '#') return nullptr;
    at = rapidjson::Pointer(reference->GetString(), reference->GetStringLength()).Get(root_);
  }
  return nullptr;
}

bool SchemaJudge::fits(const Value& expression, const Value& text) const {
  const auto found = patterns_.find(text_of(expression));
  return found == patterns_.end() || !found->second || found->second(text_of(text));
}

bool SchemaJudge::judge(const Value& given, const Value& instance, Errors* errors) {
  const Value* schema = referred(given);
  if (!schema) return true;
  // A schema that comes back to itself with the same instance has nothing more to say of it.
  for (auto at = active_.rbegin(); at != active_.rend() && at->second == &instance; ++at)
    if (at->first == schema) return true;
  active_.emplace_back(schema, &instance);
  Errors found;
  judge_combined(*schema, instance, found);
  if (instance.IsArray()) judge_array(*schema, instance, found);
  if (instance.IsObject()) judge_object(*schema, instance, found);
  if (instance.IsNumber()) judge_number(*schema, instance, found);
  if (instance.IsString()) judge_string(*schema, instance, found);
  judge_type(*schema, instance, found);
  if (found.empty() && instance.IsArray()) judge_items(*schema, instance, found);
  if (found.empty() && instance.IsObject()) judge_members(*schema, instance, found);
  active_.pop_back();
  const bool fine = found.empty();
  if (errors) std::move(found.begin(), found.end(), std::back_inserter(*errors));
  return fine;
}

size_t SchemaJudge::matched(const Value& schemas, const Value& instance) {
  size_t count = 0;
  for (const Value& each : schemas.GetArray()) count += judge(each, instance, nullptr);
  return count;
}

void SchemaJudge::judge_combined(const Value& schema, const Value& instance, Errors& errors) {
  if (const Value* all = find_list(schema, "allOf"))
    if (const size_t count = matched(*all, instance); count < all->Size())
      errors.push_back("instance failed to match all required schemas (matched only " + std::to_string(count) +
                       " out of " + std::to_string(all->Size()) + ")");
  if (const Value* any = find_list(schema, "anyOf"); any && matched(*any, instance) == 0)
    errors.push_back("instance failed to match at least one required schema among " + std::to_string(any->Size()));
  if (const Value* values = find_list(schema, "enum");
      values && std::find(values->Begin(), values->End(), instance) == values->End())
    errors.push_back("instance value (" + json_of(instance) +
                     ") not found in enum (possible values: " + json_of(*values) + ")");
  if (const Value* no = find_map(schema, "not"); no && judge(*no, instance, nullptr))
    errors.emplace_back("instance matched a schema which it should not have");
  if (const Value* one = find_list(schema, "oneOf"))
    if (const size_t count = matched(*one, instance); count != 1)
      errors.push_back("instance failed to match exactly one schema (matched " + std::to_string(count) + " out of " +
                       std::to_string(one->Size()) + ")");
}

void SchemaJudge::judge_number(const Value& schema, const Value& instance, Errors& errors) const {
  const auto strictly = [&](const char* keyword) {
    const Value* said = find(schema, keyword);
    return said && said->IsBool() && said->GetBool();
  };
  if (const Value* most = find(schema, "maximum"); most && most->IsNumber()) {
    const int order = compare(instance, *most);
    if (order > 0)
      errors.push_back("numeric instance is greater than the required maximum (maximum: " + json_of(*most) +
                       ", found: " + json_of(instance) + ")");
    else if (order == 0 && strictly("exclusiveMaximum"))
      errors.push_back("numeric instance is not strictly lower than the required maximum " + json_of(*most));
  }
  if (const Value* least = find(schema, "minimum"); least && least->IsNumber()) {
    const int order = compare(instance, *least);
    if (order < 0)
      errors.push_back("numeric instance is lower than the required minimum (minimum: " + json_of(*least) +
                       ", found: " + json_of(instance) + ")");
    else if (order == 0 && strictly("exclusiveMinimum"))
      errors.push_back("numeric instance is not strictly greater than the required minimum " + json_of(*least));
  }
  const Value* divisor = find(schema, "multipleOf");
  if (!divisor || !divisor->IsNumber() || divisor->GetDouble() <= 0) return;
  bool divides = false;
  if (instance.IsInt64() && divisor->IsInt64()) {
    divides = instance.GetInt64() % divisor->GetInt64() == 0;
  } else {
    const double times = instance.GetDouble() / divisor->GetDouble();
    divides = std::abs(times - std::round(times)) <= 1e-9 * std::max(1.0, std::abs(times));
  }
  if (!divides)
    errors.push_back("remainder of division is not zero (" + json_of(instance) + " / " + json_of(*divisor) + ")");
}

void SchemaJudge::judge_string(const Value& schema, const Value& instance, Errors& errors) const {
  const std::string text(text_of(instance));
  const size_t length = characters(text);
  if (const Value* most = bound(schema, "maxLength"); most && length > most->GetUint64())
    errors.push_back("string \"" + text + "\" is too long (length: " + std::to_string(length) +
                     ", maximum allowed: " + json_of(*most) + ")");
  if (const Value* least = bound(schema, "minLength"); least && length < least->GetUint64())
    errors.push_back("string \"" + text + "\" is too short (length: " + std::to_string(length) +
                     ", required minimum: " + json_of(*least) + ")");
  if (const Value* pattern = find(schema, "pattern"); pattern && pattern->IsString() && !fits(*pattern, instance))
    errors.push_back("ECMA 262 regex \"" + std::string(text_of(*pattern)) + "\" does not match input string \"" + text +
                     "\"");
}

void SchemaJudge::judge_array(const Value& schema, const Value& instance, Errors& errors) const {
  const size_t size = instance.Size();
  const Value* more = find(schema, "additionalItems");
  const Value* items = find_list(schema, "items");
  if (items && more && more->IsFalse() && size > items->Size())
    errors.push_back("additional items are not allowed (allowed: " + std::to_string(items->Size()) +
                     ", found: " + std::to_string(size) + ")");
  if (const Value* most = bound(schema, "maxItems"); most && size > most->GetUint64())
    errors.push_back("array is too long: must have at most " + json_of(*most) + " elements but instance has " +
                     std::to_string(size) + " elements");
  if (const Value* least = bound(schema, "minItems"); least && size < least->GetUint64())
    errors.push_back("array is too short: must have at least " + json_of(*least) + " elements but instance has " +
                     std::to_string(size) + " elements");
  const Value* unique = find(schema, "uniqueItems");
  if (!unique || !unique->IsTrue()) return;
  std::set<std::string> seen;
  if (std::any_of(instance.Begin(), instance.End(),
                  [&](const Value& each) { return !seen.insert(json_of(each)).second; }))
    errors.emplace_back("array must not contain duplicate elements");
}

void SchemaJudge::judge_object(const Value& schema, const Value& instance, Errors& errors) {
  const Value *properties = find_map(schema, "properties"), *patterns = find_map(schema, "patternProperties");
  if (const Value* more = find(schema, "additionalProperties"); more && more->IsFalse()) {
    std::set<std::string_view> unknown;
    for (const auto& member : instance.GetObject()) {
      const bool named = properties && properties->HasMember(member.name);
      const bool fitting = patterns && std::any_of(patterns->MemberBegin(), patterns->MemberEnd(),
                                                   [&](const auto& each) { return fits(each.name, member.name); });
      if (!named && !fitting) unknown.insert(text_of(member.name));
    }
    if (!unknown.empty())
      errors.push_back("object instance has properties which are not allowed by the schema: " + list_of(unknown));
  }
  if (const Value* dependencies = find_map(schema, "dependencies"))
    for (const auto& each : dependencies->GetObject()) {
      if (!instance.HasMember(each.name)) continue;
      if (each.value.IsObject()) judge(each.value, instance, &errors);
      if (!each.value.IsArray()) continue;
      std::vector<std::string_view> missing;
      for (const Value& name : each.value.GetArray())
        if (name.IsString() && !instance.HasMember(name)) missing.push_back(text_of(name));
      if (!missing.empty())
        errors.push_back("property \"" + std::string(text_of(each.name)) +
                         "\" of object has missing property dependencies (schema requires " + json_of(each.value) +
                         "; missing: " + list_of(missing) + ")");
    }
  const size_t size = instance.MemberCount();
  if (const Value* most = bound(schema, "maxProperties"); most && size > most->GetUint64())
    errors.push_back("object has too many properties (found " + std::to_string(size) + " but schema requires at most " +
                     json_of(*most) + ")");
  if (const Value* least = bound(schema, "minProperties"); least && size < least->GetUint64())
    errors.push_back("object has too few properties (found " + std::to_string(size) + " but schema requires at least " +
                     json_of(*least) + ")");
  if (const Value* required = find_list(schema, "required")) {
    std::vector<std::string_view> missing;
    for (const Value& name : required->GetArray())
      if (name.IsString() && !instance.HasMember(name)) missing.push_back(text_of(name));
    if (!missing.empty()) errors.push_back("object has missing required properties (" + list_of(missing) + ")");
  }
}

void SchemaJudge::judge_items(const Value& schema, const Value& instance, Errors& errors) {
  const Value *items = find(schema, "items"), *more = find_map(schema, "additionalItems");
  for (rapidjson::SizeType i = 0; items && i < instance.Size(); ++i) {
    if (items->IsObject())
      judge(*items, instance[i], &errors);
    else if (items->IsArray() && i < items->Size())
      judge((*items)[i], instance[i], &errors);
    else if (items->IsArray() && more)
      judge(*more, instance[i], &errors);
  }
}

void SchemaJudge::judge_members(const Value& schema, const Value& instance, Errors& errors) {
  const Value *properties = find_map(schema, "properties"), *patterns = find_map(schema, "patternProperties"),
              *more = find_map(schema, "additionalProperties");
  if (!properties && !patterns && !more) return;
  std::map<std::string_view, const rapidjson::Value::Member*> members;  // of a name twice, the later
  for (const auto& member : instance.GetObject()) members[text_of(member.name)] = &member;
  for (const auto& [name, member] : members) {
    bool known = false;
    if (properties)
      if (const auto found = properties->FindMember(member->name); found != properties->MemberEnd()) {
        known = true;
        judge(found->value, member->value, &errors);
      }
    if (patterns)
      for (const auto& each : patterns->GetObject()) {
        if (!fits(each.name, member->name)) continue;
        known = true;
        judge(each.value, member->value, &errors);
      }
    if (!known && more) judge(*more, member->value, &errors);
  }
}

}  // namespace stator
