#include "emulator/seeding/csv_rows.h"

#include "emulator/seeding/seed_error.h"

namespace stator::seeding {
namespace {

constexpr size_t kMaxField = 16 << 20;

}  // namespace

// Behind the opening quote, through the closing one.
void CsvRows::read_quoted(CsvField& field) {
  const int64_t line = text_.line();
  field.quoted = true;
  while (true) {
    const int c = text_.get();
    if (c < 0) throw SeedError(text_.file().path(), line, "the quoted field that begins here has no closing quote");
    if (c == '"') {
      if (text_.peek() != '"') return;
      text_.get();
    }
    field.text += static_cast<char>(c);
    if (field.text.size() > kMaxField)
      throw SeedError(text_.file().path(), line, "a field of more than 16 MB: no item is that large");
  }
}

bool CsvRows::next(std::vector<CsvField>& fields, int64_t& line) {
  while (text_.peek() == '\n' || text_.peek() == '\r') text_.get();
  if (text_.peek() < 0) return false;
  line = text_.line();
  size_t count = 0;
  while (true) {
    if (fields.size() == count) fields.emplace_back();
    CsvField& field = fields[count++];
    field.text.clear();
    field.quoted = false;
    if (text_.peek() == '"') {
      text_.get();
      read_quoted(field);
    }
    int c = text_.get();
    if (c == '\r' && text_.peek() == '\n') c = text_.get();
    while (c >= 0 && c != '\n' && c != static_cast<unsigned char>(separator_)) {
      if (field.quoted || c == '"')
        throw SeedError(text_.file().path(), line,
                        "a quote within field " + std::to_string(count) +
                            ": a field with quotes is quoted as a whole, its own quotes doubled");
      field.text += static_cast<char>(c);
      if (field.text.size() > kMaxField)
        throw SeedError(text_.file().path(), line, "a field of more than 16 MB: no item is that large");
      c = text_.get();
      if (c == '\r' && text_.peek() == '\n') c = text_.get();
    }
    if (c < 0 || c == '\n') break;
  }
  fields.resize(count);
  return true;
}

}  // namespace stator::seeding
