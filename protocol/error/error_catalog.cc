#include "protocol/error/error_catalog.h"

#include <cstdio>

namespace stator::errors {
namespace {

std::string join(std::initializer_list<std::string_view> parts) {
  size_t size = 0;
  for (std::string_view part : parts) size += part.size();
  std::string out;
  out.reserve(size);
  for (std::string_view part : parts) out += part;
  return out;
}

// What the framework refuses, and the exceptions of the API model.
AwsError coral(std::string_view name, std::string text) {
  return {400, join({"com.amazon.coral.service#", name}), std::move(text)};
}
AwsError model(std::string_view name, std::string text, std::string extra = {}, int status = 400) {
  return {status, join({"com.amazonaws.dynamodb.v20120810#", name}), std::move(text), std::move(extra)};
}

// JSON's string form; protocol/json is above this room, and errors are rare.
void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
          out += escape;
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// Which exceptions carry their text as `Message`: the model's own member names, and two of the framework's as
// recorded.
bool capital_message(std::string_view name) {
  return name == "SerializationException" || name == "AccessDeniedException" ||
         name == "TransactionCanceledException" || name == "IdempotentParameterMismatchException" ||
         name == "TransactionInProgressException";
}

std::string throttling_reasons(std::span<const ThrottlingReason> reasons) {
  if (reasons.empty()) return {};
  std::string extra = ",\"ThrottlingReasons\":[";
  for (const ThrottlingReason& reason : reasons) {
    if (extra.back() != '[') extra += ',';
    extra += "{\"reason\":";
    append_quoted(reason.reason, extra);
    extra += ",\"resource\":";
    append_quoted(reason.resource, extra);
    extra += '}';
  }
  return extra + ']';
}

}  // namespace

AwsError unknown_operation() {
  return coral("UnknownOperationException", "");
}
AwsError serialization(std::string text) {
  return coral("SerializationException", std::move(text));
}
AwsError malformed_body() {
  return coral("SerializationException", "");
}
AwsError missing_authentication_token() {
  return coral("MissingAuthenticationTokenException", "Request is missing Authentication Token");
}
AwsError incomplete_signature(std::string text) {
  return coral("IncompleteSignatureException", std::move(text));
}
AwsError invalid_signature(std::string text) {
  return coral("InvalidSignatureException", std::move(text));
}
AwsError both_signature_forms() {
  return invalid_signature("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
}
AwsError unrecognized_client() {
  return coral("UnrecognizedClientException", "The security token included in the request is invalid.");
}
AwsError access_denied(std::string_view account, std::string_view operation, std::string_view resource) {
  return access_denied(join({"User: arn:aws:iam::", account, ":user/stator is not authorized to perform: dynamodb:",
                             operation, " on resource: ", resource}));
}
AwsError access_denied(std::string text) {
  return coral("AccessDeniedException", std::move(text));
}
AwsError internal_server_error() {
  return model("InternalServerError", "The request processing has failed because of an unknown error", {}, 500);
}
AwsError service_unavailable() {
  return {503, "com.amazon.coral.availability#ServiceUnavailableException",
          "The service is currently unavailable or busy."};
}
AwsError throttling(std::span<const ThrottlingReason> reasons) {
  return {400, "com.amazon.coral.availability#ThrottlingException", "Rate of requests exceeds the allowed throughput.",
          throttling_reasons(reasons)};
}

AwsError validation(std::string text) {
  return {400, "com.amazon.coral.validate#ValidationException", std::move(text)};
}
AwsError invalid_parameter(std::string_view text) {
  return validation(join({"One or more parameter values were invalid: ", text}));
}
std::string enveloped(std::string_view text) {
  return join({"1 validation error detected: ", text});
}
AwsError enveloped(const AwsError& error) {
  return {error.status(), error.type(), enveloped(error.message()), error.extra()};
}

AwsError resource_not_found() {
  return resource_not_found("Requested resource not found");
}
AwsError resource_not_found(std::string text) {
  return model("ResourceNotFoundException", std::move(text));
}
AwsError table_not_found(std::string_view table) {
  return resource_not_found(join({"Requested resource not found: Table: ", table, " not found"}));
}
AwsError stream_not_found(std::string_view arn) {
  return resource_not_found(join({"Requested resource not found: Stream: ", arn, " not found"}));
}
AwsError index_missing(std::string_view index) {
  return validation(join({"The table does not have the specified index: ", index}));
}
AwsError resource_in_use(std::string text) {
  return model("ResourceInUseException", std::move(text));
}
AwsError table_already_exists(std::string_view table) {
  return resource_in_use(join({"Table already exists: ", table}));
}
AwsError table_being_created(std::string_view table) {
  return resource_in_use(join({"Attempt to change a resource which is still in use: Table is being created: ", table}));
}
AwsError table_being_deleted(std::string_view table) {
  return resource_in_use(join({"Attempt to change a resource which is still in use: Table is being deleted: ", table}));
}
AwsError index_not_found(std::string_view index, std::string_view table) {
  return model("ResourceNotFoundException",
               join({"Requested resource not found: Index ", index, " for table ", table}));
}
AwsError index_not_found_exception(std::string_view index) {
  return model("IndexNotFoundException", join({"Index not found: ", index}));
}
AwsError table_being_updated(std::string_view table) {
  return resource_in_use(join(
      {"Attempt to change a resource which is still in use: Table: ", table, " is in the process of being updated."}));
}
AwsError conditional_check_failed(std::string_view item_json) {
  return model("ConditionalCheckFailedException", std::string(text::kConditionFailed),
               item_json.empty() ? std::string() : join({",\"Item\":", item_json}));
}
AwsError transaction_conflict() {
  return model("TransactionConflictException", conflict_reason().message);
}
AwsError idempotent_parameter_mismatch() {
  // The model's own sentence: what the service says here is not recorded.
  return model("IdempotentParameterMismatchException",
               "DynamoDB rejected the request because you retried a request with a different payload but with an "
               "idempotent token that was already used.");
}
AwsError item_collection_size_limit() {
  return model("ItemCollectionSizeLimitExceededException", "Collection size exceeded.");
}
AwsError limit_exceeded(std::string text) {
  return model("LimitExceededException", std::move(text));
}
AwsError provisioned_throughput_exceeded(std::span<const ThrottlingReason> reasons, bool indexes) {
  return model("ProvisionedThroughputExceededException",
               indexes ? "The level of configured provisioned throughput for one or more global secondary indexes of "
                         "the table was exceeded. Consider increasing your provisioning level for the "
                         "under-provisioned global secondary indexes with the UpdateTable API"
                       : "The level of configured provisioned throughput for the table was exceeded. Consider "
                         "increasing your provisioning level with the UpdateTable API.",
               throttling_reasons(reasons));
}
AwsError on_demand_limit_exceeded(std::span<const ThrottlingReason> reasons) {
  return model("ThrottlingException", "Throughput exceeds the maximum OnDemandThroughput configured on table or index",
               throttling_reasons(reasons));
}
AwsError request_limit_exceeded(std::span<const ThrottlingReason> reasons) {
  return model("RequestLimitExceeded",
               "Throughput exceeds the current throughput limit for your account. Please contact AWS Support at "
               "https://aws.amazon.com/support request a limit increase",
               throttling_reasons(reasons));
}
AwsError duplicate_item() {
  return model("DuplicateItemException", "Duplicate primary key exists in table");
}
AwsError table_not_found_exception(std::string_view table) {
  return model("TableNotFoundException", join({"Table not found: ", table}));
}
AwsError table_already_exists_exception(std::string_view table) {
  return model("TableAlreadyExistsException", join({"Table already exists: ", table}));
}
AwsError table_in_use_exception(std::string text) {
  return model("TableInUseException", std::move(text));
}
AwsError backup_not_found(std::string_view arn) {
  return model("BackupNotFoundException", join({"Backup not found: ", arn}));
}
AwsError backup_in_use(std::string text) {
  return model("BackupInUseException", std::move(text));
}
AwsError continuous_backups_unavailable(std::string_view table) {
  return model("ContinuousBackupsUnavailableException",
               join({"Backups are being enabled for the table: ", table, ". Please retry later"}));
}
AwsError point_in_time_recovery_unavailable(std::string_view table) {
  return model("PointInTimeRecoveryUnavailableException",
               join({"Point in time recovery is not enabled for table '", table, "'"}));
}
AwsError invalid_restore_time(std::string text) {
  return model("InvalidRestoreTimeException", std::move(text));
}
AwsError invalid_export_time(std::string text) {
  return model("InvalidExportTimeException", std::move(text));
}
AwsError export_not_found(std::string_view arn) {
  return model("ExportNotFoundException", join({"Export not found: Export not found: ", arn}));
}
AwsError export_conflict() {
  return model("ExportConflictException", "Export conflict: Duplicate request detected with conflicting parameters");
}
AwsError import_not_found(std::string_view arn) {
  return model("ImportNotFoundException", join({"Import not found: ", arn}));
}
AwsError import_conflict() {
  return model("ImportConflictException", "Import conflict: Duplicate request detected with conflicting parameters");
}
AwsError bulk_operation_not_found(std::string_view arn) {
  // Modelled on the others: what the service says here is not recorded.
  return model("ResourceNotFoundException", join({"Bulk operation not found: ", arn}));
}
AwsError policy_not_found(std::string text) {
  return model("PolicyNotFoundException", std::move(text));
}
AwsError global_table_not_found(std::string text) {
  return model("GlobalTableNotFoundException", std::move(text));
}
AwsError global_table_already_exists(std::string text) {
  return model("GlobalTableAlreadyExistsException", std::move(text));
}
AwsError replica_not_found(std::string text) {
  return model("ReplicaNotFoundException", std::move(text));
}
AwsError replica_already_exists(std::string text) {
  return model("ReplicaAlreadyExistsException", std::move(text));
}
AwsError data_trimmed() {
  return model("TrimmedDataAccessException", "The data you are trying to access has been trimmed");
}
AwsError expired_iterator() {
  return model("ExpiredIteratorException", "Shard iterator has expired");
}

CancellationReason conflict_reason() {
  return {"TransactionConflict", "Transaction is ongoing for the item", {}};
}
AwsError transaction_canceled(std::span<const CancellationReason> reasons) {
  std::string codes;
  std::string extra = ",\"CancellationReasons\":[";
  for (size_t i = 0; i < reasons.size(); ++i) {
    const CancellationReason& reason = reasons[i];
    if (i > 0) {
      codes += ", ";
      extra += ',';
    }
    codes += reason.code;
    extra += "{\"Code\":";
    append_quoted(reason.code, extra);
    if (!reason.item_json.empty()) extra += ",\"Item\":" + reason.item_json;
    if (!reason.message.empty()) {
      extra += ",\"Message\":";
      append_quoted(reason.message, extra);
    }
    extra += '}';
  }
  extra += ']';
  return model("TransactionCanceledException",
               join({"Transaction cancelled, please refer cancellation reasons for specific reasons [", codes, "]"}),
               std::move(extra));
}

namespace text {

std::string missing_key(std::string_view key) {
  return join({"One or more parameter values were invalid: Missing the key ", key, " in the item"});
}
std::string key_type_mismatch(std::string_view key, std::string_view expected, std::string_view actual) {
  return join({"One or more parameter values were invalid: Type mismatch for key ", key, " expected: ", expected,
               " actual: ", actual});
}
std::string index_key_type_mismatch(std::string_view key, std::string_view expected, std::string_view actual,
                                    std::string_view index) {
  return join({"One or more parameter values were invalid: Type mismatch for Index Key ", key, " Expected: ", expected,
               " Actual: ", actual, " IndexName: ", index});
}
std::string hash_key_too_long() {
  return "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit "
         "of2048 bytes";
}
std::string range_key_too_long() {
  return "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size "
         "limit of "
         "1024 bytes";
}

}  // namespace text

void append_error_body(const AwsError& error, std::string& out) {
  if (error.type().empty()) return;
  out += "{\"__type\":";
  append_quoted(error.type(), out);
  out += error.extra();
  if (!error.message().empty()) {
    out += capital_message(error.name()) ? ",\"Message\":" : ",\"message\":";
    append_quoted(error.message(), out);
  }
  out += '}';
}

}  // namespace stator::errors
