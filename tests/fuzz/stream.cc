// Any text as a shard iterator, a stream's ARN and a sequence number: what is taken apart can be put together again.
#include <string>

#include "claim.h"
#include "emulator/streams/shard_iterator.h"
#include "emulator/streams/stream.h"
#include "emulator/streams/stream_records.h"

using namespace stator;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto iterator = read_shard_iterator(text)) {
    fuzz::claim(shard_iterator_text(*iterator) == text, "an iterator has one text");
  }
  if (const auto name = parse_stream_arn(text)) {
    fuzz::claim(!name->table.empty() && !name->label.empty(), "a stream has a table and a label");
    const std::string tail =
        ":" + std::string(name->account) + ":table/" + std::string(name->table) + "/stream/" + std::string(name->label);
    fuzz::claim(text.ends_with(tail), "the parts are the text's");
    const std::string position = shard_iterator_text({text, static_cast<int64_t>(size), 1});
    const auto again = read_shard_iterator(position);
    fuzz::claim(again && again->arn == text && again->position == static_cast<int64_t>(size),
                "an iterator is read as it was written");
  }
  const int64_t sequence = read_sequence(text);
  fuzz::claim(sequence >= -1, "no number is below the one for none");
  if (sequence > 0 && sequence != INT64_MAX) {
    const std::string digits = sequence_text(sequence);
    fuzz::claim(text.ends_with(digits) && text.find_first_not_of('0') + digits.size() == size, "a number has one text");
  }
  return 0;
}
