// An export of a table to a bucket, the import of a bucket's files as a new table, or the bulk put of their items into
// a table that is there (bulk_operation.h): what was asked, how far it is, and what came of it. Kept as documents of
// kind "export", "import" and "bulk" (id: the last part of the ARN, which begins with the time). What is to be carried
// out has a work document "transfer/<kind>/<id>"; who carries it out is a TransferRunner, since this room reads and
// writes no files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/tables/table.h"
#include "persistence/store.h"
#include "protocol/json/json_value.h"
#include "protocol/json/json_writer.h"

namespace stator {

struct Scope;

struct Transfer {
  enum class Kind : uint8_t { kExport, kImport, kBulkPut };
  // Stored by number. The last three are of bulk puts alone.
  enum class Status : uint8_t { kInProgress, kCompleted, kFailed, kCompletedWithErrors, kCancelling, kCancelled };
  Kind kind = Kind::kExport;
  std::string id;  // 01693685827463-2d8752fd
  Status status = Status::kInProgress;
  int64_t started_ms = 0;
  int64_t ended_ms = 0;
  Table table;                     // as it was exported, or as it is to be made
  std::string request;             // the operation's input, JSON
  int64_t moment_ms = 0;           // of the table that is exported
  int64_t from_ms = 0;             // of an incremental export: what changed since then and before `moment_ms`
  persistence::SpaceId space = 0;  // the exported items at that moment; of a bulk put what its report will say
  int64_t items = 0;               // exported, or read
  int64_t imported = 0;
  int64_t errors = 0;
  int64_t bytes = 0;
  std::string failure_code;
  std::string failure_message;

  bool incremental() const { return from_ms != 0; }
  bool under_way() const { return status == Status::kInProgress || status == Status::kCancelling; }
  std::string arn() const;
};

inline constexpr std::string_view kTransferWork = "transfer/";
std::string_view transfer_document(Transfer::Kind kind);
std::string transfer_work(Transfer::Kind kind, std::string_view id);

std::string new_transfer_id(int64_t now_ms);
void put_transfer(const Transfer& transfer, persistence::WriteTransaction& transaction);
Transfer read_transfer(Transfer::Kind kind, std::string_view id, std::string_view document);
std::optional<Transfer> find_transfer(Transfer::Kind kind, std::string_view arn,
                                      persistence::ReadTransaction& transaction);
// The transfer that was begun with that ClientToken within eight hours.
std::optional<Transfer> find_by_token(Transfer::Kind kind, std::string_view token, int64_t now_ms,
                                      persistence::ReadTransaction& transaction);

// The answers of the Describe operations, as the writer's next value.
void write_export_description(JsonWriter& w, const Transfer& transfer);
void write_import_description(JsonWriter& w, const Transfer& transfer);
std::string_view transfer_status(const Transfer& transfer);
// Members of these: StartTime and EndTime; FailureCode and FailureMessage.
void write_transfer_times(JsonWriter& w, const Transfer& transfer);
void write_transfer_failure(JsonWriter& w, const Transfer& transfer);
// ExportViewType of an incremental export's request.
std::string_view export_view(const JsonValue& request);
// Its ExportFormat.
std::string_view export_format(const JsonValue& request);

// Carries transfers out, on a thread of its own.
class TransferRunner {
 public:
  virtual ~TransferRunner() = default;
  // There is such a work document in the scope. Returns at once; may be told of the same again.
  virtual void begin(const std::shared_ptr<Scope>& scope, const std::string& work) = 0;
};

}  // namespace stator
