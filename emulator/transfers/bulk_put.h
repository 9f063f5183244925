// Puts the records of a bulk put into its table, one transaction each, in which what came of the record is written down
// too. A record is what PutItem is asked without a table, as DynamoDB JSON:
//
//   {"Item": {...}, "ConditionExpression": "...", "ExpressionAttributeNames": {...}, "ExpressionAttributeValues":
//   {...}}
//
// all but Item optional, and another member is an error: a condition that is not understood must not be passed over. It
// is judged as PutItem judges its request. What is not put is a row of Transfer::space, its key beginning with the
// letter of its kind and the row a line of the report:
//
//   {"S3Key":"...","Line":7,"ErrorCode":"...","ErrorMessage":"...","Item":{...}}      the item where it could be read
//   {"S3Key":"...","Line":7,"Item":{...},"ExistingItem":{...}}                        the other one where there is one
//
// One thread, which may have an open group of writes; a cancelled operation is seen at the next record.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/engine.h"
#include "emulator/transfers/bulk_operation.h"
#include "protocol/json/json_value.h"
#include "protocol/value/arena.h"

namespace stator {

struct BulkCancelled {};
// Its table is gone, or another of its name is there.
struct BulkTableGone {};

inline constexpr char kBulkErrorRow = 'e';
inline constexpr char kBulkConditionRow = 'c';

class BulkPut {
 public:
  // Where a record stands.
  struct Place {
    std::string_view key;  // of the object
    int64_t line = 0;      // 0: it is the object itself
  };

  BulkPut(Engine& engine, std::shared_ptr<Scope> scope, const Transfer& transfer);

  const BulkProgress& progress() const { return progress_; }
  // How far the input is read, noted with the next record.
  void set_read(int64_t bytes) { progress_.bytes = bytes; }
  // What is to be read, before the first record.
  void begin(int64_t total_bytes);
  // Each counts as one record, and throws BulkCancelled and BulkTableGone. `json` is parsed in place.
  void put(std::string& json, const Place& place);
  void refuse(const std::string& sentence, const Place& place);  // it could not be read
  // The object under way is done.
  void end_object(int64_t bytes);

 private:
  struct Refusal {
    std::string code, message;
  };

  void write_item_of(const JsonValue& record, const Place& place);
  void note_error(const Refusal& refusal, const JsonValue* item, const Place& place);
  std::unique_ptr<persistence::WriteTransaction> begin_write();
  void add_row(char kind, std::string_view line, persistence::WriteTransaction& transaction) const;
  void commit(const BulkProgress& after, std::unique_ptr<persistence::WriteTransaction> transaction);

  Engine& engine_;
  const std::shared_ptr<Scope> scope_;
  const Transfer& transfer_;
  const std::string document_;  // of the transfer, as long as nobody cancels it
  bool reports_errors_ = false;
  bool reports_conditions_ = false;
  BulkProgress progress_;
  Arena arena_;
};

}  // namespace stator
