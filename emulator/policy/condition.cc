#include "emulator/policy/condition.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>

namespace stator::policy {
namespace {

struct OperatorName {
  std::string_view name;
  ConditionOperator kind;
  Comparison comparison;
  bool negated;
};

using enum Comparison;
constexpr OperatorName kOperators[] = {
    {"StringEquals", ConditionOperator::kString, kEquals, false},
    {"StringNotEquals", ConditionOperator::kString, kEquals, true},
    {"StringEqualsIgnoreCase", ConditionOperator::kStringIgnoreCase, kEquals, false},
    {"StringNotEqualsIgnoreCase", ConditionOperator::kStringIgnoreCase, kEquals, true},
    {"StringLike", ConditionOperator::kStringLike, kEquals, false},
    {"StringNotLike", ConditionOperator::kStringLike, kEquals, true},
    {"NumericEquals", ConditionOperator::kNumber, kEquals, false},
    {"NumericNotEquals", ConditionOperator::kNumber, kEquals, true},
    {"NumericLessThan", ConditionOperator::kNumber, kLess, false},
    {"NumericLessThanEquals", ConditionOperator::kNumber, kLessOrEqual, false},
    {"NumericGreaterThan", ConditionOperator::kNumber, kGreater, false},
    {"NumericGreaterThanEquals", ConditionOperator::kNumber, kGreaterOrEqual, false},
    {"DateEquals", ConditionOperator::kDate, kEquals, false},
    {"DateNotEquals", ConditionOperator::kDate, kEquals, true},
    {"DateLessThan", ConditionOperator::kDate, kLess, false},
    {"DateLessThanEquals", ConditionOperator::kDate, kLessOrEqual, false},
    {"DateGreaterThan", ConditionOperator::kDate, kGreater, false},
    {"DateGreaterThanEquals", ConditionOperator::kDate, kGreaterOrEqual, false},
    {"Bool", ConditionOperator::kBool, kEquals, false},
    {"BinaryEquals", ConditionOperator::kBinary, kEquals, false},
    {"IpAddress", ConditionOperator::kIpAddress, kEquals, false},
    {"NotIpAddress", ConditionOperator::kIpAddress, kEquals, true},
    {"ArnEquals", ConditionOperator::kArn, kEquals, false},
    {"ArnLike", ConditionOperator::kArn, kEquals, false},
    {"ArnNotEquals", ConditionOperator::kArn, kEquals, true},
    {"ArnNotLike", ConditionOperator::kArn, kEquals, true},
    {"Null", ConditionOperator::kNull, kEquals, false},
};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> digits(std::string_view text, size_t from, size_t count) {
  int value = 0;
  if (from + count > text.size()) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + from, text.data() + from + count, value);
  if (error != std::errc() || end != text.data() + from + count || value < 0) return std::nullopt;
  return value;
}

// Seconds since 1970 from "2026-11-29T07:00:00Z" (also a date alone, fractions, an offset) or from the number itself.
std::optional<double> date(std::string_view text) {
  if (const std::optional<double> seconds = number(text)) return seconds;
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                        std::chrono::day(static_cast<unsigned>(*day))};
  if (!ymd.ok()) return std::nullopt;
  double seconds = static_cast<double>(std::chrono::sys_days(ymd).time_since_epoch().count()) * 86400;
  if (text.size() == 10) return seconds;
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2);
  if (text[10] != 'T' || !hour || !minute) return std::nullopt;
  seconds += *hour * 3600 + *minute * 60;
  std::string_view rest = text.substr(16);
  if (rest.starts_with(':')) {
    const size_t end = std::min(rest.find_first_not_of("0123456789.", 1), rest.size());
    const std::optional<double> part = number(rest.substr(1, end - 1));
    if (!part) return std::nullopt;
    seconds += *part;
    rest.remove_prefix(end);
  }
  if (rest.empty() || rest == "Z") return seconds;
  const auto off_hour = digits(rest, 1, 2);
  const auto off_minute = digits(rest, rest.size() == 6 ? 4 : 3, 2);
  if ((rest[0] != '+' && rest[0] != '-') || !off_hour || !off_minute) return std::nullopt;
  const double offset = *off_hour * 3600 + *off_minute * 60;
  return rest[0] == '+' ? seconds - offset : seconds + offset;
}

// Sixteen bytes; IPv4 in its IPv6-mapped form, so that both kinds compare.
std::optional<std::array<unsigned char, 16>> address(std::string_view text) {
  const std::string name(text);
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1) return bytes;
  bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (inet_pton(AF_INET, name.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

bool in_range(std::string_view range, std::string_view text) {
  const size_t slash = range.find('/');
  const std::string_view base = range.substr(0, slash);
  const auto network = address(base), host = address(text);
  if (!network || !host) return false;
  unsigned bits = 128;
  if (slash != std::string_view::npos) {
    const std::string_view length = range.substr(slash + 1);
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (error != std::errc() || end != length.data() + length.size()) return false;
    if (base.find(':') == std::string_view::npos) bits += 96;
    if (bits > 128) return false;
  }
  const size_t whole = bits / 8;
  if (std::memcmp(network->data(), host->data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const unsigned char mask = static_cast<unsigned char>(0xFF << (8 - bits % 8));
  return ((*network)[whole] & mask) == ((*host)[whole] & mask);
}

bool compare(Comparison comparison, std::optional<double> left, std::optional<double> right) {
  if (!left || !right) return false;
  switch (comparison) {
    case kEquals:
      return *left == *right;
    case kLess:
      return *left < *right;
    case kLessOrEqual:
      return *left <= *right;
    case kGreater:
      return *left > *right;
    case kGreaterOrEqual:
      return *left >= *right;
  }
  return false;
}

// `wanted` is an expanded pattern.
bool fits(const Condition& c, const std::string& wanted, const std::string& value) {
  switch (c.kind) {
    case ConditionOperator::kString:
    case ConditionOperator::kBinary:
      return plain(wanted) == value;
    case ConditionOperator::kStringIgnoreCase:
    case ConditionOperator::kBool:
      return lower_key(plain(wanted)) == lower_key(value);
    case ConditionOperator::kStringLike:
    case ConditionOperator::kArn:
      return matches(wanted, value);
    case ConditionOperator::kNumber:
      return compare(c.comparison, number(value), number(wanted));
    case ConditionOperator::kDate:
      return compare(c.comparison, date(value), date(wanted));
    case ConditionOperator::kIpAddress:
      return in_range(wanted, value);
    case ConditionOperator::kNull:
      break;
  }
  return false;
}

}  // namespace

std::string lower_key(std::string_view key) {
  std::string out(key);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

bool read_operator(std::string_view name, Condition& condition) {
  if (take_prefix(name, "ForAnyValue:"))
    condition.qualifier = SetQualifier::kAnyValue;
  else if (take_prefix(name, "ForAllValues:"))
    condition.qualifier = SetQualifier::kAllValues;
  if (name.ends_with("IfExists")) {
    condition.if_exists = true;
    name.remove_suffix(8);
  }
  const auto* found =
      std::find_if(std::begin(kOperators), std::end(kOperators), [&](const OperatorName& o) { return o.name == name; });
  if (found == std::end(kOperators)) return false;
  condition.kind = found->kind;
  condition.comparison = found->comparison;
  condition.negated = found->negated;
  return true;
}

bool holds(const Condition& c, const ConditionContext& context, bool expand_variables) {
  const auto found = context.find(c.key);
  const bool present = found != context.end() && !found->second.empty();
  if (c.kind == ConditionOperator::kNull)
    return std::any_of(c.values.begin(), c.values.end(),
                       [&](const std::string& v) { return (lower_key(v) == "true") == !present; });
  if (!present) {
    if (c.if_exists || c.qualifier == SetQualifier::kAllValues) return true;
    return c.negated && c.qualifier == SetQualifier::kNone;
  }
  std::vector<std::string> wanted;
  for (const std::string& value : c.values) {
    if (!expand_variables) {
      wanted.push_back(value);
    } else if (std::optional<std::string> expanded = expand(value, lookup_in(context))) {
      wanted.push_back(std::move(*expanded));
    }
  }
  auto fits_one = [&](const std::string& value) {
    return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& w) { return fits(c, w, value); });
  };
  const std::vector<std::string>& values = found->second;
  switch (c.qualifier) {
    case SetQualifier::kAllValues:
      return std::all_of(values.begin(), values.end(), [&](const auto& v) { return fits_one(v) != c.negated; });
    case SetQualifier::kAnyValue:
      return std::any_of(values.begin(), values.end(), [&](const auto& v) { return fits_one(v) != c.negated; });
    case SetQualifier::kNone:
      break;
  }
  return std::any_of(values.begin(), values.end(), fits_one) != c.negated;
}

Lookup lookup_in(const ConditionContext& context) {
  return [&context](std::string_view key) -> std::optional<std::string> {
    const auto found = context.find(lower_key(key));
    if (found == context.end() || found->second.size() != 1) return std::nullopt;
    return found->second.front();
  };
}

}  // namespace stator::policy
