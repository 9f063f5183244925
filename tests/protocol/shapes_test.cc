// The checker and the signature check, without a server. Recorded requests are replayed whole by tests/wire/replay.
#include <gtest/gtest.h>

#include <string>

#include "protocol/error/aws_error.h"
#include "protocol/error/error_catalog.h"
#include "protocol/json/json_value.h"
#include "protocol/json/value_codec.h"
#include "protocol/shapes/checker.h"
#include "protocol/shapes/signature.h"
#include "protocol/shapes/value_faults.h"

namespace stator {
namespace {

std::string outcome(OperationId operation, std::string_view body,
                    const DialectSettings& settings = DialectSettings::all_old()) {
  Arena arena;
  const JsonParse parsed = parse_json(body, arena);
  if (parsed.fault != JsonFault::kNone) return "bad JSON";
  try {
    check_request(operation, parsed.root, settings);
  } catch (const AwsError& error) {
    return std::string(error.name()) + ": " + error.message();
  }
  return "ok";
}

TEST(Operations, AreFoundByNameAndTarget) {
  ASSERT_NE(find_operation("PutItem"), nullptr);
  EXPECT_EQ(find_operation("PutItem")->id, OperationId::kPutItem);
  EXPECT_EQ(find_operation("putItem"), nullptr);
  EXPECT_EQ(find_operation(""), nullptr);
  ASSERT_NE(find_target("DynamoDB_20120810.Query"), nullptr);
  EXPECT_EQ(find_target("DynamoDB_20120810.GetRecords"), nullptr);
  EXPECT_NE(find_target("DynamoDBStreams_20120810.GetRecords"), nullptr);
  for (const OperationInfo& row : kOperations) EXPECT_EQ(find_operation(row.name), &row);
}

TEST(Types, FollowTheServicesTexts) {
  struct Case {
    OperationId operation;
    const char* body;
    const char* text;
  };
  const Case cases[] = {
      {OperationId::kPutItem, R"({"TableName":true})", "TRUE_VALUE cannot be converted to String"},
      {OperationId::kPutItem, R"({"TableName":23})", "NUMBER_VALUE cannot be converted to String"},
      {OperationId::kPutItem, R"({"TableName":-2.5})", "DECIMAL_VALUE cannot be converted to String"},
      {OperationId::kPutItem, R"({"TableName":[]})", "Unrecognized collection type class java.lang.String"},
      {OperationId::kPutItem, R"({"TableName":{}})", "Start of structure or map found where not expected"},
      {OperationId::kPutItem, R"({"Item":"x"})", "Unexpected field type"},
      {OperationId::kPutItem, R"({"Item":[]})",
       "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"},
      {OperationId::kPutItem, R"({"Item":{"a":"x"}})", "Unexpected value type in payload"},
      {OperationId::kPutItem, R"({"Item":{"a":[]}})",
       "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"},
      {OperationId::kPutItem, R"({"Item":{"a":{"L":[{"M":{"b":{"SS":[1]}}}]}}})",
       "NUMBER_VALUE cannot be converted to String"},
      {OperationId::kPutItem, R"({"Item":{"a":{"B":1}}})", "only base-64-encoded strings are convertible to bytes"},
      {OperationId::kPutItem, R"({"Item":{"a":{"B":"abcde"}}})",
       "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
      {OperationId::kPutItem, R"({"Item":{"a":{"B":"aaB="}}})", "Invalid last non-pad Base64 character dectected"},
      {OperationId::kPutItem, R"({"Item":{"a":{"B":"a*aa"}}})", "Invalid Base64 character: '*'"},
      {OperationId::kPutItem, "{\"Item\":{\"a\":{\"B\":\"\xF0\x9F\x98\x80\"}}}",
       "Invalid Base64 character: '\xF0\x9F\x98\x80'"},
      {OperationId::kPutItem, R"({"Item":{"a":{"BOOL":"maybe"}}})", "Unexpected token received from parser"},
      {OperationId::kPutItem, R"({"Item":{"a":{"BOOL":1.5}}})", "DECIMAL_VALUE cannot be converted to Boolean"},
      {OperationId::kPutItem, R"({"Expected":{"a":{"Value":"x"}}})", "Unexpected field type"},
      {OperationId::kScan, R"({"Limit":"1"})", "STRING_VALUE cannot be converted to Integer"},
      {OperationId::kScan, R"({"Limit":3000000000})", "NUMBER_VALUE cannot be converted to Integer"},
      {OperationId::kScan, R"({"AttributesToGet":{}})", "Start of structure or map found where not expected"},
      {OperationId::kCreateTable, R"({"ProvisionedThroughput":{"ReadCapacityUnits":"1"}})",
       "STRING_VALUE cannot be converted to Long"},
      {OperationId::kBatchWriteItem, R"({"RequestItems":[]})",
       "Unrecognized collection type java.util.Map<java.lang.String, "
       "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>"},
      {OperationId::kQuery, R"({"ExpressionAttributeNames":[]})",
       "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(outcome(c.operation, c.body), std::string("SerializationException: ") + c.text) << c.body;
  }
  EXPECT_EQ(outcome(OperationId::kListTables, "[]"), "SerializationException: ");
}

TEST(Types, TakeWhatTheServiceTakes) {
  EXPECT_EQ(
      outcome(OperationId::kListTables, R"({"Limit":5.9,"Unknown":[{"deep":true}],"ExclusiveStartTableName":null})"),
      "ok");
  EXPECT_EQ(outcome(OperationId::kListTables, R"({"Limit":1e1})"), "ok");
  EXPECT_EQ(integer_value(JsonValue::number("5.9")), 5);
  EXPECT_EQ(integer_value(JsonValue::number("-5.9")), -5);
  EXPECT_EQ(integer_value(JsonValue::number("1e2")), 100);
  EXPECT_EQ(integer_value(JsonValue::number("9223372036854775807")), INT64_MAX);
}

TEST(Constraints, AreListedInTheServicesOrder) {
  EXPECT_EQ(outcome(OperationId::kUpdateItem, R"({"TableName":"","ReturnConsumedCapacity":"X","ReturnValues":"Y"})"),
            "ValidationException: 4 validation errors detected: "
            "Value 'X' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: "
            "[INDEXES, TOTAL, NONE]; "
            "Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1; "
            "Value 'Y' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: "
            "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; "
            "Value null at 'key' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(
      outcome(OperationId::kTransactWriteItems,
              R"({"TransactItems":[{},{"Update":{"TableName":"bad!name","Key":{},"UpdateExpression":"x"}}]})",
              DialectSettings::all_new()),
      "ValidationException: 1 validation error detected: Value 'bad!name' at 'transactItems.2.member.update.tableName' "
      "failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  EXPECT_EQ(outcome(OperationId::kBatchGetItem, R"({"RequestItems":{"abc.d":{}}})"),
            "ValidationException: 1 validation error detected: Value null at 'requestItems.abc.d.member.keys' failed "
            "to satisfy "
            "constraint: Member must not be null");
}

TEST(Constraints, AreTenAtMost) {
  std::string body =
      R"({"TableName":"abc","AttributeDefinitions":[],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],)"
      R"("LocalSecondaryIndexes":[{},{},{},{},{},{}]})";
  const std::string text = outcome(OperationId::kCreateTable, body);
  EXPECT_EQ(text.find("ValidationException: 10 validation errors detected: "), 0u) << text;
  EXPECT_NE(text.find("localSecondaryIndexes.4.member.indexName"), std::string::npos);
  EXPECT_EQ(text.find("localSecondaryIndexes.4.member.keySchema"), std::string::npos);
}

TEST(Constraints, LetTableArnsPass) {
  EXPECT_EQ(outcome(OperationId::kScan, R"({"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/abc"})"), "ok");
  EXPECT_EQ(
      outcome(OperationId::kDescribeTable, R"({"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/abc"})"),
      "ok");
}

TEST(Dialects, DifferPerOperation) {
  const DialectSettings home;
  EXPECT_TRUE(home.of(OperationId::kPutItem).envelope);
  EXPECT_EQ(home.of(OperationId::kPutItem).value_layer, NumberLayer::kNew);
  EXPECT_TRUE(home.of(OperationId::kQuery).is_new());
  EXPECT_FALSE(home.of(OperationId::kQuery).envelope);
  EXPECT_FALSE(home.of(OperationId::kScan).is_new());
  EXPECT_FALSE(home.of(OperationId::kTransactWriteItems).is_new());
  EXPECT_FALSE(DialectSettings::region("eu-south-2")->of(OperationId::kPutItem).is_new());
  EXPECT_TRUE(DialectSettings::parse("eu-west-2")->of(OperationId::kTransactWriteItems).is_new());
  EXPECT_FALSE(DialectSettings::parse("atlantis").has_value());
  EXPECT_FALSE(DialectSettings::parse("new")->of(OperationId::kCreateTable).is_new());
}

TEST(Dialects, HandDeepValuesToTheOldValidator) {
  std::string deep;
  for (int i = 0; i < 63; ++i) deep += R"({"M":{"a":)";
  deep += R"({"S":"x"})";
  for (int i = 0; i < 63; ++i) deep += "}}";
  const std::string body =
      R"({"TableName":"abc","Key":{"a":{"S":"a"}},"ReturnValues":"BOGUS","ExpressionAttributeValues":{":d":)" + deep +
      "}}";
  EXPECT_NE(outcome(OperationId::kDeleteItem, body, DialectSettings::all_new()).find("Value 'BOGUS' at 'returnValues'"),
            std::string::npos);
}

TEST(ValueFaults, SpeakForTheirLayer) {
  Arena arena;
  auto text = [&](std::string_view json, const OperationDialect& dialect, std::string_view key) {
    const JsonParse parsed = parse_json(json, arena);
    AttributeValue value;
    const ValueProblem problem = read_value(parsed.root, dialect.value_layer, arena, value);
    EXPECT_TRUE(problem) << json;
    return (key.empty() ? value_fault(problem, dialect) : expression_value_fault(problem, dialect, key)).message();
  };
  const OperationDialect& put = operation_dialect(OperationId::kPutItem, Dialect::kNew);
  const OperationDialect& query = operation_dialect(OperationId::kQuery, Dialect::kNew);
  const OperationDialect& old = operation_dialect(OperationId::kPutItem, Dialect::kOld);
  const std::string invalid = "One or more parameter values were invalid: ";
  EXPECT_EQ(text(R"({"SS":["b","a","b"]})", put, ""),
            "1 validation error detected: " + invalid + R"(Input collection ["a", "b", "b"] contains duplicates.)");
  EXPECT_EQ(text(R"({"BS":["/w==","AA==","AA=="]})", query, ":t"),
            invalid + R"(Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.)");
  EXPECT_EQ(text(R"({"SS":["b","a","b"]})", old, ":t"),
            "ExpressionAttributeValues contains invalid value: " + invalid +
                "Input collection [b, a, b] contains duplicates. for key :t");
  EXPECT_EQ(text(R"({"N":""})", old, ""), "The parameter cannot be converted to a numeric value");
  EXPECT_EQ(text(R"({"N":""})", query, ""), "The parameter cannot be converted to a numeric value: ");
  EXPECT_EQ(text(R"({})", put, ""),
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
}

std::string sign(std::vector<WireHeader> headers, std::string_view target = "/") {
  WireRequest request;
  request.method = "POST";
  request.target = target;
  request.headers = std::move(headers);
  try {
    const RequestScope scope = check_signature(request);
    return scope.account + " " + scope.region;
  } catch (const AwsError& error) {
    return std::string(error.name()) + ": " + error.message();
  }
}

TEST(Signature, IsRequiredAndReadForItsScope) {
  EXPECT_EQ(sign({}), "MissingAuthenticationTokenException: Request is missing Authentication Token");
  EXPECT_EQ(sign({{"Authorization", "Basic abc"}}),
            "MissingAuthenticationTokenException: Request is missing Authentication Token");
  EXPECT_EQ(
      sign({{"Authorization", "AWS4-"}}),
      "IncompleteSignatureException: Authorization header requires 'Credential' parameter. Authorization header "
      "requires "
      "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires "
      "existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-");
  const std::string good =
      "AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-west-2/dynamodb/aws4_request, "
      "SignedHeaders=host;x-amz-date, Signature=ab";
  EXPECT_EQ(sign({{"authorization", good}, {"X-Amz-Date", "20260101T000000Z"}}), "123456789012 eu-west-2");
  EXPECT_EQ(sign({{"authorization",
                   "AWS4-HMAC-SHA256 Credential=key/20260101/local/dynamodb/aws4_request,SignedHeaders=h,Signature=s"},
                  {"Date", "x"}}),
            "000000000000 local");
  EXPECT_EQ(sign({{"authorization", good}, {"Date", "x"}}, "/?X-Amz-Algorithm"),
            "InvalidSignatureException: Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
            "HTTP header.");
  EXPECT_EQ(
      sign({}, "/?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d"),
      "IncompleteSignatureException: AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the "
      "query-string parameters.");
  EXPECT_EQ(sign({},
                 "/?X-Amz-Algorithm=a&X-Amz-Credential=k%2F1%2Fus-west-2%2Fdynamodb%2Faws4_request&X-Amz-Signature=c&"
                 "X-Amz-SignedHeaders=h&X-Amz-Date=d"),
            "000000000000 us-west-2");
}

TEST(Signature, MayBeForARegionThatTheServiceDoesNotHave) {
  auto region = [](const std::string& name) {
    return sign({{"authorization", "AWS4-HMAC-SHA256 Credential=key/20260101/" + name +
                                       "/dynamodb/aws4_request,SignedHeaders=h,Signature=s"},
                 {"Date", "x"}});
  };
  EXPECT_EQ(region("fakeRegion"), "000000000000 fakeRegion");
  EXPECT_EQ(region("mock_region"), "000000000000 mock_region");
  EXPECT_EQ(region(std::string(63, 'a')), "000000000000 " + std::string(63, 'a'));
  EXPECT_EQ(region(""), "000000000000 us-east-1") << "AWS's SDK for Go v2, given an endpoint and no signing region";
  for (const std::string& name : {std::string(64, 'a'), std::string("a.b"), std::string("\xc3\xa9")})
    EXPECT_EQ(region(name), "InvalidSignatureException: Credential should be scoped to a valid region. ") << name;
}

TEST(ErrorBody, HasTheMembersClientsRead) {
  auto body = [](const AwsError& error) {
    std::string out;
    errors::append_error_body(error, out);
    return out;
  };
  EXPECT_EQ(body(errors::unknown_operation()), R"({"__type":"com.amazon.coral.service#UnknownOperationException"})");
  EXPECT_EQ(body(errors::serialization("x")),
            R"({"__type":"com.amazon.coral.service#SerializationException","Message":"x"})");
  EXPECT_EQ(body(errors::validation("say \"x\"\n")),
            R"({"__type":"com.amazon.coral.validate#ValidationException","message":"say \"x\"\n"})");
  EXPECT_EQ(body(errors::conditional_check_failed(R"({"a":{"S":"b"}})")),
            R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":{"a":{"S":"b"}},)"
            R"("message":"The conditional request failed"})");
  const errors::CancellationReason reasons[] = {{}, {"ConditionalCheckFailed", "The conditional request failed", ""}};
  EXPECT_EQ(
      body(errors::transaction_canceled(reasons)),
      R"({"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[{"Code":"None"},)"
      R"({"Code":"ConditionalCheckFailed","Message":"The conditional request failed"}],"Message":"Transaction cancelled, )"
      R"(please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"})");
}

}  // namespace
}  // namespace stator
