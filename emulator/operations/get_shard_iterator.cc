#include "emulator/operations.h"
#include "emulator/operations/stream_access.h"
#include "emulator/streams/shard_iterator.h"
#include "emulator/streams/stream_records.h"

namespace stator::operations {
namespace {

// The position of AT_SEQUENCE_NUMBER and AFTER_SEQUENCE_NUMBER.
int64_t asked_position(const Stream& stream, int64_t sequence, bool after, persistence::ReadTransaction& transaction) {
  if (sequence < stream.horizon()) throw errors::data_trimmed();
  if (sequence > newest_record(stream, transaction)) throw errors::validation("Invalid SequenceNumber");  // (model)
  return after ? sequence + 1 : sequence;
}

}  // namespace

void get_shard_iterator(OperationContext& context) {
  const std::string_view arn = context.string("StreamArn");
  const std::string_view type = context.string("ShardIteratorType");
  const std::string_view number = context.string("SequenceNumber");
  stream_name_of(context, arn);
  const bool after = type == "AFTER_SEQUENCE_NUMBER";
  int64_t sequence = -1;
  if (after || type == "AT_SEQUENCE_NUMBER") {
    if (number.empty())
      throw errors::invalid_parameter("SequenceNumber must be specified for ShardIteratorType " +
                                      std::string(type));  // (model)
    sequence = read_sequence(number);
    if (sequence == -1) throw errors::validation("Invalid SequenceNumber");  // (model)
  }

  auto reading = read_streams(context, arn);
  const Stream stream = require_stream(context, arn, *reading);
  if (context.string("ShardId") != stream.shard_id()) throw shard_not_found();
  const std::string name = stream.arn();
  ShardIterator iterator{name, stream.horizon(), context.now_ms()};
  if (sequence != -1) iterator.position = asked_position(stream, sequence, after, *reading);
  if (type == "LATEST") iterator.position = newest_record(stream, *reading) + 1;
  JsonWriter w(context.out);
  w.begin_object().key("ShardIterator").string(shard_iterator_text(iterator)).end_object();
}

}  // namespace stator::operations
