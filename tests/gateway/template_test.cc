// Templates: the values of intrinsic functions, and the words and lines of what is refused.
#include <gtest/gtest.h>

#include "emulator/templates/reader.h"
#include "emulator/templates/tables.h"
#include "emulator/templates/template.h"

namespace stator::templates {
namespace {

constexpr const char* kHead = R"(Parameters:
  Stage: {Type: String, Default: prod}
  Size: {Type: Number}
  Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
  Colour: {Type: String, Default: red, AllowedValues: [green, blue]}
  Secret: {Type: "AWS::SSM::Parameter::Value<String>", Default: /x/y}
Mappings:
  Sizes:
    prod: {cpu: 4, list: [x, y]}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  NotProd: !Not [Condition: IsProd]
  Both: !And [Condition: IsProd, !Equals [a, a]]
  Either: !Or [Condition: NotProd, !Equals [a, b]]
  Round: !Not [Condition: Round]
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: !Sub "${Stage}-work"}
  Plain: {Type: "AWS::Lambda::Function"}
  Items: {Type: "AWS::DynamoDB::Table", Properties: {TableName: things}}
  Loop: {Type: "AWS::DynamoDB::Table", Properties: {TableName: !Ref Loop}}
  Hidden: {Type: "AWS::SQS::Queue", Condition: NotProd}
  Desk: {Type: "AWS::SQS::Queue"}
  Value: {Type: "Custom::Value", Properties: {X: )";

struct Case {
  const char* expression;
  const char* expected;
};

std::string evaluate(const std::string& expression) {
  try {
    TemplateOptions options;
    options.account = "123456789012";
    options.region = "eu-west-1";
    const Template source(read_text(std::string(kHead) + expression + "}}\n", "t.yaml"), options);
    std::string out;
    append_json(source.property(*source.find("Value"), "X").value_or(Node()), out);
    return out;
  } catch (const TemplateError& e) {
    return e.what();
  }
}

TEST(Intrinsics, GiveWhatTheServiceGives) {
  const Case cases[] = {
      {"!Ref Stage", R"("prod")"},
      {"{Ref: \"AWS::Region\"}", R"("eu-west-1")"},
      {"!Ref AWS::AccountId", R"("123456789012")"},
      {"!Ref AWS::NoValue", "null"},
      {"[1, !Ref AWS::NoValue, {a: !Ref AWS::NoValue, b: 2}]", R"([1,{"b":2}])"},
      {"!Ref Zones", R"(["a","b","c"])"},
      {"!Ref Work", R"("prod-work")"},
      {"!GetAtt Work.Arn", R"("arn:aws:lambda:eu-west-1:123456789012:function:prod-work")"},
      {"!GetAtt [Plain, Arn]", R"("arn:aws:lambda:eu-west-1:123456789012:function:Plain")"},
      {"!Ref Items", R"("things")"},
      {"!GetAtt Items.Arn", R"("arn:aws:dynamodb:eu-west-1:123456789012:table/things")"},
      {"!Ref WorkRole", R"("WorkRole")"},
      {"!Ref Desk", R"("https://sqs.eu-west-1.amazonaws.com/123456789012/Desk")"},
      {"!Sub \"${Stage}/${Work.Arn}/${!Kept}/${AWS::Partition}\"",
       R"("prod/arn:aws:lambda:eu-west-1:123456789012:function:prod-work/${Kept}/aws")"},
      {"!Sub [\"${a}-${Stage}\", {a: !Ref Work}]", R"("prod-work-prod")"},
      {"!Join [\"-\", [a, !Ref Stage, 3]]", R"("a-prod-3")"},
      {"!Select [1, !Ref Zones]", R"("b")"},
      {"!Select [\"2\", !Split [\"|\", \"x|y|z\"]]", R"("z")"},
      {"!Split [\",\", \"a,,b\"]", R"(["a","","b"])"},
      {"!FindInMap [Sizes, !Ref Stage, cpu]", "4"},
      {"!FindInMap [Sizes, prod, list]", R"(["x","y"])"},
      {"!If [IsProd, yes-, no-]", R"("yes-")"},
      {"!If [NotProd, 1, !Ref AWS::NoValue]", "null"},
      {"!If [Both, 1, 2]", "1"},
      {"!If [Either, 1, 2]", "2"},
      {"!Base64 \"hi there\"", R"("aGkgdGhlcmU=")"},
      {"{\"Fn::ToJsonString\": {a: [1]}}", R"("{\"a\":[1]}")"},
      {"{Condition: {StringEquals: x}}", R"({"Condition":{"StringEquals":"x"}})"},
      {"{a: 012345678901, b: 1.50, c: 2012-10-17, d: \"5\", e: True}",
       R"({"a":"012345678901","b":1.50,"c":"2012-10-17","d":"5","e":true})"},
  };
  for (const Case& c : cases) EXPECT_EQ(evaluate(c.expression), c.expected) << c.expression;
}

TEST(Intrinsics, RefuseWithTheLineAndAWord) {
  const Case cases[] = {
      {"!Ref Nobody", "t.yaml:25: Ref \"Nobody\": no parameter or resource of that name in the template"},
      {"!Ref Size", "t.yaml:25: parameter Size has no Default: give its value with --parameter Size=VALUE"},
      {"!Ref Colour", "t.yaml:25: parameter Colour: \"red\" is not one of the AllowedValues: green, blue"},
      {"!Ref Secret",
       "t.yaml:25: parameter Secret is read from Systems Manager, which is not here: give its value with --parameter "
       "Secret=VALUE"},
      {"!Ref Hidden", "t.yaml:25: Ref \"Hidden\": that resource's Condition is false"},
      {"!ImportValue other",
       "t.yaml:25: Fn::ImportValue \"other\": no template that was given beside this one exports that"},
      {"!GetAZs \"\"",
       "t.yaml:25: Fn::GetAZs asks about a network that is not here: write the value, or use a parameter"},
      {"!Frobnicate x", "t.yaml:25: Fn::Frobnicate is no function that is known here"},
      {"!GetAtt Work.Name", "t.yaml:25: GetAtt \"Work.Name\": a AWS::Serverless::Function has Arn"},
      {"!GetAtt Nobody.Arn", "t.yaml:25: GetAtt \"Nobody.Arn\": no resource Nobody in the template"},
      {"!Select [9, [a]]", "t.yaml:25: Fn::Select: index 9 of a list of 1"},
      {"!Sub \"${oops\"", "t.yaml:25: Fn::Sub: \"${\" without its \"}\""},
      {"!FindInMap [Sizes, dev, cpu]", "t.yaml:25: Fn::FindInMap: Mappings has no Sizes / dev / cpu"},
      {"!If [Nope, 1, 2]", "t.yaml:25: Condition \"Nope\" is not in the template's Conditions"},
      {"!If [Round, 1, 2]", "t.yaml:15: the conditions here go round in a circle"},
      {"!Ref Loop", "t.yaml:22: the references here go round in a circle"},
      {"!Join [\"-\", notalist]", "t.yaml:25: Fn::Join: expected a delimiter and a list"},
  };
  for (const Case& c : cases) EXPECT_EQ(evaluate(c.expression), c.expected) << c.expression;
}

TEST(Reader, ReadsJsonWithItsLines) {
  const Node root = read_text("{\n  \"a\": \"\\ud83d\\ude00\",\n\t\"b\": [1,\n true, null]\n}", "t.json");
  std::string out;
  append_json(root, out);
  EXPECT_EQ(out, "{\"a\":\"\xF0\x9F\x98\x80\",\"b\":[1,true,null]}");
  EXPECT_EQ(root.find("a")->place(), "t.json:2");
  EXPECT_EQ(root.find("b")->place(), "t.json:3");
}

TEST(Reader, RefusesWhatIsNoDocument) {
  auto refusal = [](const std::string& text) -> std::string {
    try {
      read_text(text, "t");
      return "accepted";
    } catch (const TemplateError& e) {
      return e.what();
    }
  };
  EXPECT_EQ(refusal(" \n"), "t:1: the file is empty");
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"), "t:3: \"a\" appears twice in one map");
  EXPECT_EQ(refusal("a: [1\nb: 2\n").substr(0, 26), "t:2: not YAML or JSON: end");
  EXPECT_EQ(refusal("a: 1\nb: \xEA\n"), "t:2: not UTF-8");
  EXPECT_EQ(refusal("a: *x\n").substr(0, 24), "t:1: not YAML or JSON: t");
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j ? ",*a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_NE(refusal(bomb).find("the document is too large (aliases included)"), std::string::npos);
  EXPECT_NE(refusal(std::string(5000, '[')).find("t:1: "), std::string::npos);
  EXPECT_NE(refusal(std::string(100000, '{')), "accepted");
}

TEST(Loops, AreWrittenOut) {
  const Template source(read_text(R"(
Transform: AWS::LanguageExtensions
Parameters: {Stages: {Type: CommaDelimitedList, Default: "dev, eu-prod"}}
Resources:
  Before: {Type: AWS::SQS::Queue}
  Fn::ForEach::Tables:
    - Name
    - [Points, Score]
    - Table${Name}:
        Type: AWS::DynamoDB::Table
        Properties: {TableName: {Ref: Name}, Tags: [{Key: n, Value: !Sub "${Name}-${AWS::Region}"}]}
  Fn::ForEach::Outer:
    - Stage
    - !Ref Stages
    - Fn::ForEach::Inner:
        - Kind
        - [A, B]
        - "Queue&{Stage}${Kind}": {Type: AWS::SQS::Queue, Properties: {QueueName: "${Stage}/${Kind}", Next: !Sub "${Queue&{Stage}A}", Fn::ForEach::P: [K, [x, y], {"${K}": !Ref K}]}}
)",
                                  "t.yaml"),
                        {});
  std::string ids;
  for (const Resource& resource : source.resources()) ids += resource.logical_id + " ";
  EXPECT_EQ(ids, "Before TablePoints TableScore QueuedevA QueuedevB QueueeuprodA QueueeuprodB ");
  const Resource* table = source.find("TableScore");
  EXPECT_EQ(source.text_property(*table, "TableName"), "Score");
  EXPECT_EQ(source.property(*table, "Tags")->items[0].find("Value")->text, "Score-us-east-1");
  const Resource* queue = source.find("QueueeuprodB");
  EXPECT_EQ(source.text_property(*queue, "QueueName"), "eu-prod/B");
  EXPECT_EQ(source.text_property(*queue, "Next"), "https://sqs.us-east-1.amazonaws.com/000000000000/eu-prod/A");
  EXPECT_EQ(source.text_property(*queue, "x") + source.text_property(*queue, "y"), "xy");
}

TEST(Loops, RefuseWhatTheyCannotRepeat) {
  auto refused = [](const std::string& loop) {
    try {
      const Template source(read_text("Resources:\n  Fn::ForEach::L: " + loop + "\n", "t.yaml"), {});
      return std::string("accepted");
    } catch (const TemplateError& e) {
      return std::string(e.what());
    }
  };
  EXPECT_EQ(refused("[A, [x]]"),
            "t.yaml:2: Fn::ForEach::L: expected a list: an identifier, a collection, and a map of what is repeated");
  EXPECT_EQ(refused("[A, !Ref Nothing, {}]"),
            "t.yaml:2: Ref \"Nothing\": no parameter or resource of that name in the template");
  EXPECT_THROW(Template(read_text("A: {Fn::ForEach::L: [A, !Ref Nothing, {}]}", "t.yaml"), {}), TemplateError)
      << "there are no Resources to look through";
  EXPECT_EQ(refused("[A, x, {}]"), "t.yaml:2: Fn::ForEach::L: expected a list of values");
  EXPECT_EQ(refused("[A, [x, y], {Same: {Type: T}}]"), "t.yaml:2: Fn::ForEach::L: \"Same\" is made twice");
  std::string many = "{\"${A}${B}${C}${D}\": {Type: T}}";
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += (i ? ", v" : "v") + std::to_string(i);
  for (const char* name : {"D", "C", "B"})
    many = "{Fn::ForEach::" + std::string(name) + ": [" + name + ", [" + hundred + "], " + many + "]}";
  EXPECT_EQ(refused("[A, [" + hundred + "], " + many + "]"),
            "t.yaml:2: the loops of this template make too much of it");
}

TEST(Tables, BecomeCreateTableRequests) {
  const Template source(read_text(R"(
Resources:
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      ProvisionedThroughput: {ReadCapacityUnits: "5", WriteCapacityUnits: 1}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      SSESpecification: {SSEEnabled: true}
      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}
  Simple:
    Type: AWS::Serverless::SimpleTable
    Properties: {TableName: simple, PrimaryKey: {Name: key, Type: Number}, Tags: {a: b}}
)",
                                  "t.yaml"),
                        {});
  const std::vector<TableRequest> tables = tables_of(source);
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(
      tables[0].create_table,
      R"({"TableName":"Items","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],)"
      R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":1},)"
      R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},"SSESpecification":{"Enabled":true}})");
  EXPECT_EQ(tables[0].update_time_to_live,
            R"({"TableName":"Items","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}})");
  EXPECT_EQ(
      tables[1].create_table,
      R"({"TableName":"simple","AttributeDefinitions":[{"AttributeName":"key","AttributeType":"N"}],)"
      R"("KeySchema":[{"AttributeName":"key","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST","Tags":[{"Key":"a","Value":"b"}]})");
}

// What the CDK makes of a TableV2: reads, tags and the like are told by region, writes once.
TEST(Tables, OfAGlobalTableAreWhatItsReplicaHereIs) {
  const Template source(read_text(R"(
Resources:
  OnDemand:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}, {AttributeName: n, AttributeType: N}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      WriteOnDemandThroughputSettings: {MaxWriteRequestUnits: 50}
      GlobalSecondaryIndexes:
        - {IndexName: byN, KeySchema: [{AttributeName: n, KeyType: HASH}], Projection: {ProjectionType: ALL}}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      TimeToLiveSpecification: {AttributeName: ttl, Enabled: "true"}
      Replicas:
        - {Region: eu-west-1, TableClass: STANDARD, DeletionProtectionEnabled: false}
        - Region: !Ref AWS::Region
          TableClass: STANDARD_INFREQUENT_ACCESS
          DeletionProtectionEnabled: true
          Tags: [{Key: a, Value: b}]
          ReadOnDemandThroughputSettings: {MaxReadRequestUnits: 100}
          GlobalSecondaryIndexes: [{IndexName: byN, ReadOnDemandThroughputSettings: {MaxReadRequestUnits: 5}}]
  Provisioned:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      TableName: provisioned
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      WriteProvisionedThroughputSettings:
        WriteCapacityAutoScalingSettings: {MinCapacity: "3", MaxCapacity: 9, SeedCapacity: 4}
      Replicas:
        - Region: us-east-1
          ReadProvisionedThroughputSettings: {ReadCapacityAutoScalingSettings: {MinCapacity: 2, MaxCapacity: 9}}
Outputs: {Arn: {Value: !GetAtt OnDemand.Arn}}
)",
                                  "t.yaml"),
                        {});
  const std::vector<TableRequest> tables = tables_of(source);
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(
      tables[0].create_table,
      R"({"TableName":"OnDemand","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},)"
      R"({"AttributeName":"n","AttributeType":"N"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],)"
      R"("BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":{"MaxReadRequestUnits":100,"MaxWriteRequestUnits":50},)"
      R"("GlobalSecondaryIndexes":[{"IndexName":"byN","KeySchema":[{"AttributeName":"n","KeyType":"HASH"}],)"
      R"("Projection":{"ProjectionType":"ALL"},"OnDemandThroughput":{"MaxReadRequestUnits":5}}],)"
      R"("TableClass":"STANDARD_INFREQUENT_ACCESS","DeletionProtectionEnabled":true,"Tags":[{"Key":"a","Value":"b"}],)"
      R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}})");
  EXPECT_EQ(tables[0].update_time_to_live,
            R"({"TableName":"OnDemand","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}})");
  EXPECT_EQ(tables[1].create_table,
            R"({"TableName":"provisioned","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],)"
            R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PROVISIONED",)"
            R"("ProvisionedThroughput":{"ReadCapacityUnits":2,"WriteCapacityUnits":4}})");
  EXPECT_EQ(source.resolve(*source.root().find("Outputs")->find("Arn")->find("Value")).text,
            "arn:aws:dynamodb:us-east-1:000000000000:table/OnDemand");
}

}  // namespace
}  // namespace stator::templates
