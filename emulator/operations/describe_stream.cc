#include "emulator/operations.h"
#include "emulator/operations/stream_access.h"
#include "emulator/streams/stream_records.h"
#include "emulator/tables/describe_table.h"

namespace stator::operations {
namespace {

void write_shard(JsonWriter& w, const Stream& stream) {
  w.begin_object().key("SequenceNumberRange").begin_object();
  if (!stream.open()) w.key("EndingSequenceNumber").string(sequence_text(stream.last));
  w.key("StartingSequenceNumber").string(sequence_text(stream.first)).end_object();
  w.key("ShardId").string(stream.shard_id()).end_object();
}

// Whether the stream's one shard is in the page that was asked for.
bool asks_for_shard(const OperationContext& context, const Stream& stream) {
  if (const JsonValue* filter = context.find("ShardFilter")) {
    const std::string_view parent = OperationContext::string_in(*filter, "ShardId");
    if (!OperationContext::string_in(*filter, "Type").empty() || !parent.empty()) {
      if (!parent.empty() && parent != stream.shard_id()) throw shard_not_found();
      return false;  // it has no children, and is none
    }
  }
  const std::string_view start = context.string("ExclusiveStartShardId");
  return start.empty() || start < stream.shard_id();
}

}  // namespace

void describe_stream(OperationContext& context) {
  const std::string_view arn = context.string("StreamArn");
  stream_name_of(context, arn);
  auto reading = read_streams(context, arn);
  const Stream stream = require_stream(context, arn, *reading);
  const bool shown = asks_for_shard(context, stream);

  JsonWriter w(context.out);
  w.begin_object().key("StreamDescription").begin_object().key("CreationRequestDateTime");
  write_timestamp(w, stream.created_ms);
  w.key("KeySchema").begin_array();
  w.begin_object().key("AttributeName").string(stream.hash_key).key("KeyType").string("HASH").end_object();
  if (!stream.range_key.empty())
    w.begin_object().key("AttributeName").string(stream.range_key).key("KeyType").string("RANGE").end_object();
  w.end_array().key("Shards").begin_array();
  if (shown) write_shard(w, stream);
  w.end_array().key("StreamArn").string(stream.arn()).key("StreamLabel").string(stream.label);
  w.key("StreamStatus").string(stream.status(context.now_ms())).key("StreamViewType").string(stream.view_type);
  w.key("TableName").string(stream.table_name).end_object().end_object();
}

}  // namespace stator::operations
