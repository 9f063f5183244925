#include "emulator/operations.h"
#include "emulator/operations/stream_access.h"
#include "emulator/streams/shard_iterator.h"
#include "emulator/streams/stream_records.h"

namespace stator::operations {

void get_records(OperationContext& context) {
  size_t limit = 1000;
  if (const JsonValue* given = context.find("Limit")) limit = static_cast<size_t>(integer_value(*given));
  const std::optional<ShardIterator> iterator = read_shard_iterator(context.string("ShardIterator"));
  if (!iterator) throw errors::validation("Invalid ShardIterator");  // (model)
  const int64_t now_ms = context.now_ms();
  if (iterator->made_ms + kIteratorLifeMs < now_ms) throw errors::expired_iterator();
  stream_name_of(context, iterator->arn);
  auto reading = read_streams(context, iterator->arn);
  const Stream stream = require_stream(context, iterator->arn, *reading);
  if (iterator->position < stream.horizon()) throw errors::data_trimmed();

  ShardIterator next = *iterator;
  next.made_ms = now_ms;
  JsonWriter w(context.out);
  w.begin_object().key("Records").begin_array();
  const bool more = write_records(stream, next.position, limit, *reading, w);
  w.end_array();
  // An iterator from before an older state was restored may be ahead of what has been written since.
  if (next.position == iterator->position) next.position = std::min(next.position, newest_record(stream, *reading) + 1);
  if (more || stream.open()) w.key("NextShardIterator").string(shard_iterator_text(next));
  w.end_object();
}

}  // namespace stator::operations
