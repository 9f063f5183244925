#include "emulator/transfers/transfer_list.h"

namespace stator {

namespace {

// Exports are listed by table as long as that table is there, and not another of its name; imports always (ACK's API
// notes, DDB-EXPORT-020, DDB-IMPORT-008).
bool still_there(const OperationContext& context, const Table& table) {
  TablePtr now = context.scope->catalog.find(table.name);
  return now != nullptr && now->id == table.id;
}

}  // namespace

TransferPage list_transfers(const OperationContext& context, Transfer::Kind kind, std::string_view limit,
                            std::string_view after, size_t otherwise) {
  constexpr int64_t kKept = 90LL * 24 * 3600 * 1000;
  const JsonValue* given = context.find(limit);
  const size_t most = given != nullptr ? static_cast<size_t>(integer_value(*given)) : otherwise;
  std::string_view arn = context.string("TableArn");
  TransferPage page;
  if (context.scope == nullptr) return page;
  auto documents = context.scope->store->read()->documents(transfer_document(kind));
  for (auto document = documents.rbegin(); document != documents.rend(); ++document) {
    const auto& [id, text] = *document;
    if (!after.empty() && id >= after) continue;
    Transfer transfer = read_transfer(kind, id, text);
    if (!arn.empty() && transfer.table.arn != arn) continue;
    if (!arn.empty() && kind == Transfer::Kind::kExport && !still_there(context, transfer.table)) continue;
    if (transfer.started_ms < context.now_ms() - kKept) break;
    page.more = page.transfers.size() == most;
    if (page.more) break;
    page.transfers.push_back(std::move(transfer));
  }
  return page;
}

std::string token_of_transfer(std::string_view id) {
  constexpr size_t kTokenSize = 112;  // digits; the least that the model allows for imports
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string token;
  for (const char c : id) {
    token += kDigits[static_cast<unsigned char>(c) >> 4];
    token += kDigits[static_cast<unsigned char>(c) & 15];
  }
  token.resize(kTokenSize, '0');
  return token;
}

std::string transfer_of_token(std::string_view token) {
  std::string id;
  auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (size_t i = 0; i + 1 < token.size(); i += 2)
    if (const char c = static_cast<char>(nibble(token[i]) << 4 | nibble(token[i + 1])); c != '\0') id += c;
  return id;
}

}  // namespace stator
