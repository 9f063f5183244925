// The JSON values of a file, one by one, as text: files larger than memory, one value of at most 16 MB in hand. What
// the file is is seen from its beginning:
//   [ ... ]                          the elements of an array
//   {"Items": [ ... ], ...}          the elements of Items: the output of `aws dynamodb scan` and `query`
//   {"NAME": [{"PutRequest": ...     the elements below the table's name: a request of BatchWriteItem
//   anything else                    one value behind the other; a value a line if the first one is, so that a line
//   that
//                                    is broken is told by its own number
// In the second and third form only where `documents` allows it: a JSON line may begin with a member Items of its own.
// It does not judge what a value is. Throws SeedError.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/seeding/text_reader.h"

namespace stator::seeding {

class JsonValues {
 public:
  // `lines`: a value a line from the beginning on.
  JsonValues(InputFile& file, std::string_view table, bool lines, bool documents);

  // The next value and the line it begins on; false at the end.
  bool next(std::string& value, int64_t& line);

 private:
  enum class Form : uint8_t { kUnknown, kArray, kValues, kLines, kDocument, kDone };

  [[noreturn]] void fail(int64_t line, const std::string& sentence) const;
  int skip_blanks();
  void append(std::string& value, int64_t line);
  void read_value(std::string& value, int64_t line, int depth = 0);
  bool next_line(std::string& value, int64_t& line);
  bool next_element(std::string& value, int64_t& line);
  bool next_in_document(std::string& value, int64_t& line);
  std::string read_name();
  int begin_object(std::string& value, int64_t line);
  void begin(std::string& value, int64_t line);

  TextReader text_;
  std::string table_;
  bool documents_;
  Form form_ = Form::kUnknown;
  bool first_ = true;     // of the array's elements
  bool in_list_ = false;  // kDocument: within the list of items
};

}  // namespace stator::seeding
