// The bytes of an input file one by one, with the number of the line that the next one stands on. A byte-order mark at
// the beginning is passed over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/seeding/input_file.h"

namespace stator::seeding {

class TextReader {
 public:
  explicit TextReader(InputFile& file) : file_(file) {
    refill();
    if (piece_.starts_with("\xEF\xBB\xBF")) piece_.remove_prefix(3);
  }

  // The next byte, or -1 at the end.
  int peek() {
    if (piece_.empty() && !refill()) return -1;
    return static_cast<unsigned char>(piece_.front());
  }
  int get() {
    const int c = peek();
    if (c < 0) return c;
    piece_.remove_prefix(1);
    if (c == '\n') ++line_;
    return c;
  }
  // What is at hand of the text: at least one byte unless at the end. take() moves past its first `count` bytes, which
  // must hold no line's end.
  std::string_view at_hand() {
    if (piece_.empty()) refill();
    return piece_;
  }
  void take(size_t count) { piece_.remove_prefix(count); }

  // The rest of the line, without its end. False: it is longer than `most` bytes, and passed over.
  bool read_line(std::string& line, size_t most) {
    line.clear();
    bool fits = true;
    for (int c = get(); c >= 0 && c != '\n'; c = get()) {
      fits = line.size() < most;
      if (fits) line += static_cast<char>(c);
    }
    return fits;
  }

  int64_t line() const { return line_; }
  const InputFile& file() const { return file_; }

 private:
  bool refill() {
    piece_ = file_.next();
    return !piece_.empty();
  }

  InputFile& file_;
  std::string_view piece_;
  int64_t line_ = 1;
};

}  // namespace stator::seeding
