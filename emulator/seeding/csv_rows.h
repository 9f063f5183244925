// The records of a CSV file (RFC 4180: fields may be quoted, a quoted one may hold separators, line ends and doubled
// quotes; LF or CRLF). Empty lines are passed over. Throws SeedError.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/seeding/text_reader.h"

namespace stator::seeding {

struct CsvField {
  std::string text;
  bool quoted = false;
};

class CsvRows {
 public:
  CsvRows(InputFile& file, char separator) : text_(file), separator_(separator) {}

  // The next record and the line it begins on; false at the end.
  bool next(std::vector<CsvField>& fields, int64_t& line);

 private:
  void read_quoted(CsvField& field);

  TextReader text_;
  char separator_;
};

}  // namespace stator::seeding
