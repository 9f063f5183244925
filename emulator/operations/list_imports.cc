#include "emulator/operations.h"
#include "emulator/tables/describe_table.h"
#include "emulator/transfers/transfer_list.h"

namespace stator::operations {
namespace {

constexpr size_t kTokenSize = 112;  // hexadecimal digits; the model's least

// An id as hexadecimal digits, filled up with zeros, and back.
std::string token_of(std::string_view id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string token;
  for (const char c : id) {
    token += kDigits[static_cast<unsigned char>(c) >> 4];
    token += kDigits[static_cast<unsigned char>(c) & 15];
  }
  token.resize(kTokenSize, '0');
  return token;
}
std::string id_of(std::string_view token) {
  std::string id;
  auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (size_t i = 0; i + 1 < token.size(); i += 2)
    if (const char c = static_cast<char>(nibble(token[i]) << 4 | nibble(token[i + 1])); c != '\0') id += c;
  return id;
}

}  // namespace

void list_imports(OperationContext& context) {
  const TransferPage page =
      list_transfers(context, Transfer::Kind::kImport, "PageSize", id_of(context.string("NextToken")));
  JsonWriter w(context.out);
  w.begin_object().key("ImportSummaryList").begin_array();
  for (const Transfer& transfer : page.transfers) {
    Arena arena;
    const JsonValue request = parse_json(transfer.request, arena).root;
    w.begin_object().key("ImportArn").string(transfer.arn()).key("ImportStatus").string(transfer_status(transfer));
    w.key("TableArn").string(transfer.table.arn);
    for (std::string_view name : {"S3BucketSource", "InputFormat"})
      if (const JsonValue* member = request.find(name)) append_json(*member, w.key(name).next());
    w.key("StartTime");
    write_timestamp(w, transfer.started_ms);
    if (transfer.status != Transfer::Status::kInProgress) {
      w.key("EndTime");
      write_timestamp(w, transfer.ended_ms);
    }
    w.end_object();
  }
  w.end_array();
  if (page.more) w.key("NextToken").string(token_of(page.transfers.back().id));
  w.end_object();
}

}  // namespace stator::operations
