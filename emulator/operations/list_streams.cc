#include "emulator/operations.h"
#include "emulator/operations/stream_access.h"

namespace stator::operations {

void list_streams(OperationContext& context) {
  size_t limit = 100;
  if (const JsonValue* given = context.find("Limit")) limit = static_cast<size_t>(integer_value(*given));
  // The documents are in the order of their names: all streams of a table beside each other.
  std::string prefix;
  if (const std::string_view table = context.string("TableName"); !table.empty()) prefix = std::string(table) + "/";
  std::string after = prefix;
  if (const std::string_view start = context.string("ExclusiveStartStreamArn"); !start.empty()) {
    const StreamName name = stream_name_of(context, start);
    after = std::max(after, stream_document_id(name.table, name.label));
  }
  std::vector<std::pair<std::string, std::string>> documents;
  if (context.scope != nullptr) {
    adopt_streams(*context.scope);
    documents = context.scope->store->read()->documents(kStreamDocument, after, limit + 1);
  }
  std::erase_if(documents, [&](const auto& document) { return !document.first.starts_with(prefix); });
  const bool more = documents.size() > limit;
  if (more) documents.pop_back();

  JsonWriter w(context.out);
  w.begin_object();
  std::string last;
  w.key("Streams").begin_array();
  for (const auto& [id, document] : documents) {
    const Stream stream = read_stream_document(document);
    last = stream.arn();
    w.begin_object().key("StreamArn").string(last).key("StreamLabel").string(stream.label);
    w.key("TableName").string(stream.table_name).end_object();
  }
  w.end_array();
  if (more) w.key("LastEvaluatedStreamArn").string(last);
  w.end_object();
}

}  // namespace stator::operations
