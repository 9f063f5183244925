#include "emulator/templates/template.h"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "emulator/templates/loops.h"

namespace stator::templates {
namespace {

bool contains(const Node& list, std::string_view text) {
  return std::any_of(list.items.begin(), list.items.end(), [&](const Node& n) { return n.text == text; });
}

}  // namespace

std::string api_id_for(std::string_view logical_id) {
  uint64_t hash = 14695981039346656037ull;  // FNV-1a
  for (const char c : logical_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  std::string id;
  id += static_cast<char>('a' + hash % 26);
  hash /= 26;
  while (id.size() < 10) {
    const uint64_t digit = hash % 36;
    hash = hash / 36 + 0x9E3779B97F4A7C15ull / (id.size() + 1);
    id += static_cast<char>(digit < 10 ? '0' + digit : 'a' + (digit - 10));
  }
  return id;
}

Template::Template(Node root, TemplateOptions options) : root_(std::move(root)), options_(std::move(options)) {
  const Node* resources = root_.find("Resources");
  if (!resources) root_.fail("expected Resources, as a CloudFormation or SAM template has");
  for (const char* section : {"Conditions", "Resources", "Outputs"})
    if (Node* node = root_.find(section))
      write_out_loops(*node, [this](const Node& collection) { return resolve(collection); });
  if (!resources->is_map()) resources->fail("Resources: expected a map of logical ids");
  for (const Member& member : resources->members) {
    const Node& node = member.value;
    if (!node.is_map()) node.fail("resource " + member.name + ": expected a map with Type and Properties");
    const Node* type = node.find("Type");
    if (!type) throw TemplateError(node.place() + ": resource " + member.name + ": expected a Type");
    if (const Node* when = node.find("Condition"); when && !condition(when->string("Condition"), *when, 0)) continue;
    const Node* properties = node.find("Properties");
    if (properties && !properties->is_map())
      properties->fail("resource " + member.name + ": Properties: expected a map");
    resources_.push_back({member.name, type->string("Type"), &node, properties});
  }
}

const Resource* Template::find(std::string_view logical_id) const {
  for (const Resource& resource : resources_)
    if (resource.logical_id == logical_id) return &resource;
  return nullptr;
}

Node Template::resolve(const Node& node) const {
  std::optional<Node> value = resolve_value(node, 0);
  return value ? std::move(*value) : node.make(Node::Kind::kNull);
}

std::optional<Node> Template::property(const Resource& resource, std::string_view name) const {
  const Node* value = resource.properties ? resource.properties->find(name) : nullptr;
  if (!value) return std::nullopt;
  std::optional<Node> resolved = resolve_value(*value, 0);
  if (resolved && resolved->is_null()) return std::nullopt;
  return resolved;
}

std::string Template::text_property(const Resource& resource, std::string_view name, std::string fallback) const {
  const std::optional<Node> value = property(resource, name);
  return value ? value->string(name) : fallback;
}

std::map<std::string, std::string> Template::exports() const {
  std::map<std::string, std::string> found;
  const Node* outputs = root_.find("Outputs");
  if (!outputs) return found;
  for (const Member& output : outputs->members) {
    const Node* value = output.value.find("Value");
    const Node* exported = output.value.find("Export");
    const Node* name = exported ? exported->find("Name") : nullptr;
    if (!value || !name) continue;
    try {
      const Node* when = output.value.find("Condition");
      if (when && !condition(when->string("Condition"), *when, 0)) continue;
      found[resolve(*name).string("Name")] = resolve(*value).string("Value");
    } catch (const TemplateError&) {
      continue;  // told where something imports it
    }
  }
  return found;
}

Node Template::parameter(std::string_view name, const Node& declared, const Node& at) const {
  const Node* type = declared.find("Type");
  const std::string type_name = type ? type->string("Type") : "String";
  const auto given = options_.parameters.find(std::string(name));
  Node value;
  if (given != options_.parameters.end()) {
    value = at.make_string(given->second);
  } else {
    if (type_name.starts_with("AWS::SSM::"))
      at.fail("parameter " + std::string(name) +
              " is read from Systems Manager, which is not here: give its value with --parameter " + std::string(name) +
              "=VALUE");
    const Node* fallback = declared.find("Default");
    if (!fallback && !std::any_of(declared.members.begin(), declared.members.end(),
                                  [](const Member& m) { return m.name == "Default"; }))
      at.fail("parameter " + std::string(name) + " has no Default: give its value with --parameter " +
              std::string(name) + "=VALUE");
    value = at.make_string(fallback ? fallback->string("Default") : "");
  }
  if (const Node* allowed = declared.find("AllowedValues");
      allowed && allowed->is_list() && !contains(*allowed, value.text)) {
    std::string list;
    for (const Node& item : allowed->items) list += (list.empty() ? "" : ", ") + item.text;
    at.fail("parameter " + std::string(name) + ": \"" + value.text + "\" is not one of the AllowedValues: " + list);
  }
  if (type_name == "CommaDelimitedList" || type_name.starts_with("List<")) {
    Node list = at.make(Node::Kind::kList);
    std::string_view rest = value.text;
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      std::string_view one = rest.substr(0, comma);
      while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
      while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
      list.items.push_back(at.make_string(std::string(one)));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
    return list;
  }
  return value;
}

std::optional<Node> Template::ref(const std::string& name, const Node& at, int depth) const {
  if (name == "AWS::NoValue") return std::nullopt;
  if (name == "AWS::Region") return at.make_string(options_.region);
  if (name == "AWS::AccountId") return at.make_string(options_.account);
  if (name == "AWS::Partition") return at.make_string("aws");
  if (name == "AWS::URLSuffix") return at.make_string("amazonaws.com");
  if (name == "AWS::StackName") return at.make_string(options_.stack_name);
  if (name == "AWS::StackId")
    return at.make_string("arn:aws:cloudformation:" + options_.region + ":" + options_.account + ":stack/" +
                          options_.stack_name + "/00000000-0000-0000-0000-000000000000");
  if (name == "AWS::NotificationARNs") return at.make(Node::Kind::kList);
  if (const Node* parameters = root_.find("Parameters"))
    if (const Node* declared = parameters->find(name)) return parameter(name, *declared, at);
  if (const Resource* resource = find(name)) return at.make_string(ref_of(*resource, depth + 1));
  if (std::optional<std::string> made = generated(name, "", depth)) return at.make_string(*made);
  if (const Node* resources = root_.find("Resources"); resources->find(name))
    at.fail("Ref \"" + name + "\": that resource's Condition is false");
  at.fail("Ref \"" + name + "\": no parameter or resource of that name in the template");
}

std::string Template::ref_of(const Resource& resource) const {
  return ref_of(resource, 0);
}

std::string Template::arn_of_function(std::string_view name) const {
  return "arn:aws:lambda:" + options_.region + ":" + options_.account + ":function:" + std::string(name);
}

std::string Template::named(const Resource& resource, std::string_view property, int depth) const {
  const Node* value = resource.properties ? resource.properties->find(property) : nullptr;
  if (!value) return resource.logical_id;
  const std::optional<Node> resolved = resolve_value(*value, depth + 1);
  return resolved && !resolved->is_null() ? resolved->string(property) : resource.logical_id;
}

std::string Template::ref_of(const Resource& r, int depth) const {
  const std::string& type = r.type;
  if (type == "AWS::Serverless::Function" || type == "AWS::Lambda::Function") return named(r, "FunctionName", depth);
  if (type == "AWS::DynamoDB::Table" || type == "AWS::Serverless::SimpleTable" || type == "AWS::DynamoDB::GlobalTable")
    return named(r, "TableName", depth);
  if (type == "AWS::Serverless::Api" || type == "AWS::Serverless::HttpApi" || type == "AWS::Serverless::WebSocketApi" ||
      type == "AWS::ApiGateway::RestApi" || type == "AWS::ApiGatewayV2::Api")
    return api_id_for(r.logical_id);
  if (type == "AWS::ApiGateway::Stage" || type == "AWS::ApiGatewayV2::Stage") return named(r, "StageName", depth);
  if (type == "AWS::ApiGateway::Model") return named(r, "Name", depth);
  if (type == "AWS::Lambda::Alias" || type == "AWS::Lambda::Version") {
    const std::string function = named(r, "FunctionName", depth);
    const std::string arn = function.starts_with("arn:") ? function : arn_of_function(function);
    return arn + ":" + (type == "AWS::Lambda::Alias" ? named(r, "Name", depth) : "1");
  }
  if (type == "AWS::S3::Bucket") {
    std::string name = named(r, "BucketName", depth);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name;
  }
  if (type == "AWS::SNS::Topic")
    return "arn:aws:sns:" + options_.region + ":" + options_.account + ":" + named(r, "TopicName", depth);
  if (type == "AWS::SQS::Queue")
    return "https://sqs." + options_.region + ".amazonaws.com/" + options_.account + "/" + named(r, "QueueName", depth);
  if (type == "AWS::IAM::Role") return named(r, "RoleName", depth);
  if (type == "AWS::Cognito::UserPool") return options_.region + "_" + r.logical_id;
  return r.logical_id;
}

// The resources that SAM makes beside those written.
std::optional<std::string> Template::generated(std::string_view id, std::string_view attribute, int depth) const {
  auto any = [&](auto test) { return std::any_of(resources_.begin(), resources_.end(), test); };
  auto has_event = [&](std::string_view type) {
    return any([&](const Resource& r) {
      const Node* events =
          r.type == "AWS::Serverless::Function" && r.properties ? r.properties->find("Events") : nullptr;
      return events && std::any_of(events->members.begin(), events->members.end(), [&](const Member& m) {
               const Node* t = m.value.find("Type");
               return t && t->text == type;
             });
    });
  };
  const bool rest = id == "ServerlessRestApi" && has_event("Api");
  const bool http = id == "ServerlessHttpApi" && has_event("HttpApi");
  if (rest || http) {
    if (attribute == "RootResourceId") return api_id_for(std::string(id) + "/");
    if (attribute == "ApiEndpoint")
      return "https://" + api_id_for(id) + ".execute-api." + options_.region + ".amazonaws.com";
    if (attribute.empty() || attribute == "RestApiId" || attribute == "ApiId") return api_id_for(id);
  }
  if (id == "ServerlessRestApiProdStage" && has_event("Api") && attribute.empty()) return "Prod";
  if (id == "ServerlessHttpApiApiGatewayDefaultStage" && has_event("HttpApi") && attribute.empty()) return "$default";
  const size_t dot = id.find('.');
  if (dot != std::string_view::npos && attribute.empty()) {
    const Resource* owner = find(id.substr(0, dot));
    const std::string_view part = id.substr(dot + 1);
    if (owner && owner->type == "AWS::Serverless::Api" && part == "Stage") return named(*owner, "StageName", depth);
    if (owner && owner->type == "AWS::Serverless::Api" && part == "Deployment") return owner->logical_id + "Deployment";
    if (owner && owner->type == "AWS::Serverless::HttpApi" && part == "Stage") {
      const std::string stage = named(*owner, "StageName", depth);
      return stage == owner->logical_id ? "$default" : stage;
    }
    if (owner && owner->type == "AWS::Serverless::Function" && part == "Version")
      return arn_of_function(ref_of(*owner, depth + 1)) + ":1";
    if (owner && owner->type == "AWS::Serverless::Function" && part == "Alias")
      return arn_of_function(ref_of(*owner, depth + 1)) + ":" + named(*owner, "AutoPublishAlias", depth);
  }
  if (id.ends_with("Role")) {
    const Resource* owner = find(id.substr(0, id.size() - 4));
    if (owner && owner->type == "AWS::Serverless::Function") {
      if (attribute.empty()) return std::string(id);
      if (attribute == "Arn") return "arn:aws:iam::" + options_.account + ":role/" + std::string(id);
    }
  }
  return std::nullopt;
}

std::string Template::attribute(const std::string& id, const std::string& name, const Node& at, int depth) const {
  if (const Resource* resource = find(id)) return attribute_of(*resource, name, at, depth + 1);
  if (std::optional<std::string> made = generated(id, name, depth)) return *made;
  at.fail("GetAtt \"" + id + "." + name + "\": no resource " + id + " in the template");
}

std::string Template::attribute_of(const Resource& r, const std::string& name, const Node& at, int depth) const {
  const std::string where = options_.region + ":" + options_.account;
  const std::string& type = r.type;
  auto expected = [&](const char* list) {
    at.fail("GetAtt \"" + r.logical_id + "." + name + "\": a " + type + " has " + list);
  };
  if (type == "AWS::Serverless::Function" || type == "AWS::Lambda::Function") {
    if (name == "Arn") return arn_of_function(ref_of(r, depth));
    expected("Arn");
  }
  if (type == "AWS::DynamoDB::Table" || type == "AWS::DynamoDB::GlobalTable" ||
      type == "AWS::Serverless::SimpleTable") {
    const std::string arn = "arn:aws:dynamodb:" + where + ":table/" + ref_of(r, depth);
    if (name == "Arn") return arn;
    if (name == "StreamArn") return arn + std::string(kUnknownStream);
    expected("Arn and StreamArn");
  }
  if (type == "AWS::Serverless::Api" || type == "AWS::ApiGateway::RestApi") {
    if (name == "RootResourceId") return api_id_for(r.logical_id + "/");
    if (name == "RestApiId") return api_id_for(r.logical_id);
    expected("RootResourceId and RestApiId");
  }
  if (type == "AWS::Serverless::HttpApi" || type == "AWS::Serverless::WebSocketApi" ||
      type == "AWS::ApiGatewayV2::Api") {
    if (name == "ApiId") return api_id_for(r.logical_id);
    if (name == "ApiEndpoint") {
      const bool sockets = type == "AWS::Serverless::WebSocketApi" ||
                           (type == "AWS::ApiGatewayV2::Api" && named(r, "ProtocolType", depth) == "WEBSOCKET");
      return (sockets ? "wss://" : "https://") + api_id_for(r.logical_id) + ".execute-api." + options_.region +
             ".amazonaws.com";
    }
    expected("ApiId and ApiEndpoint");
  }
  if (type == "AWS::Cognito::UserPool") {
    const std::string provider = "cognito-idp." + options_.region + ".amazonaws.com/" + ref_of(r, depth);
    if (name == "Arn") return "arn:aws:cognito-idp:" + where + ":userpool/" + ref_of(r, depth);
    if (name == "UserPoolId") return ref_of(r, depth);
    if (name == "ProviderName") return provider;
    if (name == "ProviderURL") return "https://" + provider;
    expected("Arn, UserPoolId, ProviderName and ProviderURL");
  }
  if (name == "Arn") {
    if (type == "AWS::IAM::Role") return "arn:aws:iam::" + options_.account + ":role/" + ref_of(r, depth);
    if (type == "AWS::S3::Bucket") return "arn:aws:s3:::" + ref_of(r, depth);
    if (type == "AWS::SQS::Queue") return "arn:aws:sqs:" + where + ":" + named(r, "QueueName", depth);
    std::string service = type.substr(0, type.rfind("::"));
    service = service.substr(service.rfind(':') + 1);
    std::transform(service.begin(), service.end(), service.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return "arn:aws:" + service + ":" + where + ":" + ref_of(r, depth);
  }
  if (name.ends_with("Id")) return ref_of(r, depth);  // DeploymentId, ResourceId, AuthorizerId
  return r.logical_id + "." + name;                   // of a resource that means nothing here
}

}  // namespace stator::templates
