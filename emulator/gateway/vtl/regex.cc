#define PCRE2_CODE_UNIT_WIDTH 8
#include "emulator/gateway/vtl/regex.h"

#include <pcre2.h>

namespace stator::vtl {
namespace {

constexpr uint32_t kMaxSteps = 1'000'000;
constexpr uint32_t kMaxHeapKib = 20'000;

struct FreeMatch {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

}  // namespace

struct Regex::Code {
  Code() = default;
  ~Code() { pcre2_code_free(compiled); }
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  pcre2_code* compiled = nullptr;
};

Regex::Regex(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Regex::~Regex() = default;

std::shared_ptr<const Regex> Regex::compile(std::string_view pattern, std::string& problem, bool ignore_case) {
  int error = 0;
  PCRE2_SIZE at = 0;
  auto code = std::make_unique<Code>();
  const uint32_t options =
      PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | (ignore_case ? PCRE2_CASELESS : 0u);
  code->compiled =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &at, nullptr);
  if (!code->compiled) {
    PCRE2_UCHAR text[256] = {};
    pcre2_get_error_message(error, text, sizeof text);
    problem = std::string(reinterpret_cast<const char*>(text)) + " (at " + std::to_string(at) + ")";
    return nullptr;
  }
  return std::shared_ptr<const Regex>(new Regex(std::move(code)));
}

std::optional<Regex::Groups> Regex::find(std::string_view text, size_t from) const {
  const std::unique_ptr<pcre2_match_data, FreeMatch> match(
      pcre2_match_data_create_from_pattern(code_->compiled, nullptr));
  const std::unique_ptr<pcre2_match_context, FreeContext> context(pcre2_match_context_create(nullptr));
  if (!match || !context) return std::nullopt;
  pcre2_set_match_limit(context.get(), kMaxSteps);
  pcre2_set_heap_limit(context.get(), kMaxHeapKib);
  const int count = pcre2_match(code_->compiled, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, 0,
                                match.get(), context.get());
  if (count <= 0) return std::nullopt;
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(match.get());
  Groups groups(pcre2_get_ovector_count(match.get()));
  for (size_t i = 0; i < groups.size() && i < static_cast<size_t>(count); ++i)
    if (ends[2 * i] != PCRE2_UNSET && ends[2 * i] <= ends[2 * i + 1])
      groups[i] = std::pair<size_t, size_t>(ends[2 * i], ends[2 * i + 1]);
  if (!groups[0]) return std::nullopt;
  return groups;
}

bool Regex::matches_all(std::string_view text) const {
  const std::unique_ptr<pcre2_match_data, FreeMatch> match(
      pcre2_match_data_create_from_pattern(code_->compiled, nullptr));
  const std::unique_ptr<pcre2_match_context, FreeContext> context(pcre2_match_context_create(nullptr));
  if (!match || !context) return false;
  pcre2_set_match_limit(context.get(), kMaxSteps);
  pcre2_set_heap_limit(context.get(), kMaxHeapKib);
  return pcre2_match(code_->compiled, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0,
                     PCRE2_ANCHORED | PCRE2_ENDANCHORED, match.get(), context.get()) >= 0;
}

}  // namespace stator::vtl
