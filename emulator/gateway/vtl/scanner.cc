#include "emulator/gateway/vtl/scanner.h"

#include "emulator/gateway/vtl/value.h"

namespace stator::vtl {
namespace {

constexpr int kMaxNesting = 100;

}  // namespace

void Scanner::skip_line_end() {
  const size_t end = behind_blanks(at_);
  if (char_at(end) == '\r') {
    at_ = char_at(end + 1) == '\n' ? end + 2 : end + 1;
  } else if (char_at(end) == '\n') {
    at_ = end + 1;
  }
}

int Scanner::line() {
  // Offsets mostly grow.
  if (at_ < counted_to_) counted_to_ = 0, lines_ = 0;
  for (; counted_to_ < at_ && counted_to_ < text_.size(); ++counted_to_) lines_ += text_[counted_to_] == '\n';
  return first_line_ + lines_;
}

void Scanner::fail(const std::string& what) {
  throw TemplateError(what, line());
}

std::string Scanner::here() const {
  if (done()) return "the end";
  const std::string_view shown = rest().substr(0, rest().find('\n'));
  return "\"" + std::string(shown.substr(0, 30)) + "\"";
}

Scanner::Nest::Nest(Scanner& s) : scanner(s) {
  if (++scanner.nesting_ > kMaxNesting) scanner.fail("the template is nested too deeply");
}

}  // namespace stator::vtl
