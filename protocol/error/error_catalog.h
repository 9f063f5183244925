// Every error the server can raise for DynamoDB: the one place that knows a "__type" with its prefix, the
// HTTP status that goes with it, whether the text travels as `message` or `Message`, and the wording. It
// knows no table and no request; what a text needs is passed in. Functions return the error, the caller
// throws it:  throw errors::resource_not_found();
//
// Prefixes: com.amazon.coral.validate# for validation, com.amazon.coral.service# for what the framework
// itself refuses, com.amazonaws.dynamodb.v20120810# for the model's own exceptions,
// com.amazon.coral.availability# for throttling. Source: recorded answers (dynamodb_behaviours, "Wire level";
// validation_errors; validation_2026) and the API model for member names. Texts marked (model) are not
// recorded and were chosen from the model's documentation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocol/error/aws_error.h"

namespace stator::errors {

// --- the framework: before an operation looks at its request
// ---------------------------------------------------------
AwsError unknown_operation();              // no text: the body has "__type" only
AwsError serialization(std::string text);  // `Message`
AwsError malformed_body();                 // SerializationException without a text: not JSON, or no object
AwsError missing_authentication_token();
AwsError incomplete_signature(std::string text);
AwsError invalid_signature(std::string text);
AwsError both_signature_forms();  // header and query string
AwsError unrecognized_client();
AwsError access_denied(std::string_view account, std::string_view operation,
                       std::string_view resource);  // `Message`
AwsError access_denied(std::string text);           // the same, in full
AwsError internal_server_error();                   // 500
AwsError service_unavailable();                     // 503
// What was throttled and why, as ThrottlingReasons: "TableReadProvisionedThroughputExceeded" and a table's or index's
// ARN.
struct ThrottlingReason {
  std::string reason;
  std::string resource;
};
AwsError throttling(std::span<const ThrottlingReason> reasons = {});

// --- validation
// --------------------------------------------------------------------------------------------------------
AwsError validation(std::string text);
// "One or more parameter values were invalid: " + text.
AwsError invalid_parameter(std::string_view text);
// "1 validation error detected: " + text: what three operations put before every fault of layer 2 in the new
// dialect.
AwsError enveloped(const AwsError& error);
std::string enveloped(std::string_view text);

// --- the model's exceptions
// ---------------------------------------------------------------------------------------------
AwsError resource_not_found();  // "Requested resource not found"
AwsError resource_not_found(std::string text);
AwsError table_not_found(std::string_view table);  // "Requested resource not found: Table: X not found"
AwsError stream_not_found(std::string_view arn);   // "Requested resource not found: Stream: A not found"
AwsError index_missing(
    std::string_view index);  // ValidationException: "The table does not have the specified index: X"
AwsError resource_in_use(std::string text);
AwsError table_already_exists(std::string_view table);  // ResourceInUseException, CreateTable
AwsError table_being_created(std::string_view table);   // ResourceInUseException, DeleteTable and UpdateTable
AwsError table_being_deleted(std::string_view table);
AwsError index_not_found(std::string_view index, std::string_view table);  // UpdateTable's
AwsError index_not_found_exception(std::string_view index);                // IndexNotFoundException
AwsError table_being_updated(std::string_view table);
AwsError conditional_check_failed(std::string_view item_json = {});
AwsError transaction_conflict();
AwsError idempotent_parameter_mismatch();
AwsError item_collection_size_limit();
AwsError limit_exceeded(std::string text);
// Of the table, or of its global indexes alone.
AwsError provisioned_throughput_exceeded(std::span<const ThrottlingReason> reasons = {}, bool indexes = false);
AwsError on_demand_limit_exceeded(std::span<const ThrottlingReason> reasons);  // ThrottlingException
AwsError request_limit_exceeded(std::span<const ThrottlingReason> reasons = {});
AwsError duplicate_item();
AwsError table_not_found_exception(std::string_view table);       // TableNotFoundException: backup, restore and export
AwsError table_already_exists_exception(std::string_view table);  // TableAlreadyExistsException: restore and import
AwsError table_in_use_exception(std::string text);
AwsError backup_not_found(std::string_view arn);
AwsError backup_in_use(std::string text);
AwsError continuous_backups_unavailable(std::string_view table);
AwsError point_in_time_recovery_unavailable(std::string_view table);
AwsError invalid_restore_time(std::string text);
AwsError invalid_export_time(std::string text);
AwsError export_not_found(std::string_view arn);
AwsError export_conflict();
AwsError import_not_found(std::string_view arn);
AwsError import_conflict();
AwsError bulk_operation_not_found(std::string_view arn);  // ResourceNotFoundException
AwsError policy_not_found(std::string text);
AwsError global_table_not_found(std::string text);
AwsError global_table_already_exists(std::string text);
AwsError replica_not_found(std::string text);
AwsError replica_already_exists(std::string text);
AwsError data_trimmed();      // TrimmedDataAccessException
AwsError expired_iterator();  // "Shard iterator has expired"

// One entry per action of a transaction, in request order. An innocent action has code "None" and nothing
// else.
struct CancellationReason {
  std::string code = "None";  // ConditionalCheckFailed, ValidationError, TransactionConflict, DuplicateItem, ...
  std::string message;
  std::string item_json;  // {"pk":{"S":..},..} where ALL_OLD was asked for
};
CancellationReason conflict_reason();
AwsError transaction_canceled(std::span<const CancellationReason> reasons);

// --- texts with parameters that more than one room says
// -----------------------------------------------------------------
namespace text {
inline constexpr std::string_view kConditionFailed = "The conditional request failed";
inline constexpr std::string_view kKeyMismatch = "The provided key element does not match the schema";
inline constexpr std::string_view kDuplicateKeys = "Provided list of item keys contains duplicates";
inline constexpr std::string_view kItemTooLarge = "Item size has exceeded the maximum allowed size";
inline constexpr std::string_view kUpdateTooLarge = "Item size to update has exceeded the maximum allowed size";
inline constexpr std::string_view kTooDeep =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit";
inline constexpr std::string_view kNameTooLong = "Attribute name is too large, must be less than 65536 bytes";
inline constexpr std::string_view kTooManyInBatchGet = "Too many items requested for the BatchGetItem call";
inline constexpr std::string_view kTooManyInBatchWrite = "Too many items requested for the BatchWriteItem call";
inline constexpr std::string_view kTransactionDuplicate =
    "Transaction request cannot include multiple operations on one item";

std::string missing_key(
    std::string_view key);  // "One or more parameter values were invalid: Missing the key a in the item"
std::string key_type_mismatch(std::string_view key, std::string_view expected, std::string_view actual);
std::string index_key_type_mismatch(std::string_view key, std::string_view expected, std::string_view actual,
                                    std::string_view index);
std::string hash_key_too_long();  // "...has exceeded the maximum size limit of2048 bytes" (sic)
std::string range_key_too_long();
}  // namespace text

// The body of the answer: {"__type":"...","Item":{...},"message":"..."}. Members in the service's order: by
// name.
void append_error_body(const AwsError& error, std::string& out);

}  // namespace stator::errors
