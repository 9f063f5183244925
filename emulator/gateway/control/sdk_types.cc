// The kinds of SDK that the service generates. Here they are told and none is generated.
#include <array>
#include <span>

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"

namespace stator::gateway::control {
namespace {

struct Property {
  const char* name;
  const char* friendly;
  const char* what;
  bool required;
};

struct Type {
  const char* id;
  const char* friendly;
  const char* what;
  std::span<const Property> properties;
};

constexpr Property kAndroid[] = {
    {"groupId", "Group ID", "Group ID of the generated SDK", true},
    {"invokerPackage", "Invoker package", "Package name of the generated SDK", true},
    {"artifactId", "Artifact ID", "Artifact ID of the generated SDK", true},
    {"artifactVersion", "Artifact version", "Artifact version of the generated SDK", true},
};
constexpr Property kJava[] = {
    {"service.name", "Service Name", "Name of the service's client class", true},
    {"java.package-name", "Java Package Name", "Package of the generated SDK", true},
    {"java.build-system", "Java Build System", "Build system of the generated SDK", false},
    {"java.group-id", "Java Group Id", "Group ID of the generated SDK", false},
    {"java.artifact-id", "Java Artifact Id", "Artifact ID of the generated SDK", false},
    {"java.artifact-version", "Java Artifact Version", "Artifact version of the generated SDK", false},
};
constexpr Property kIos[] = {{"classPrefix", "Prefix", "Prefix of the generated classes", true}};
constexpr Property kRuby[] = {{"service.name", "Service Name", "Name of the service's client class", true}};

constexpr std::array<Type, 6> kTypes = {{
    {"android", "Android", "Android SDK", kAndroid},
    {"java", "Java", "Java SDK", kJava},
    {"javascript", "JavaScript", "JavaScript SDK", {}},
    {"objectivec", "iOS (Objective-C)", "iOS SDK in Objective-C", kIos},
    {"ruby", "Ruby", "Ruby SDK", kRuby},
    {"swift", "iOS (Swift)", "iOS SDK in Swift", kIos},
}};

Node node_of(const Type& type) {
  Node node = map_node();
  set_text(node, "id", type.id);
  set_text(node, "friendlyName", type.friendly);
  set_text(node, "description", type.what);
  Node properties = list_node();
  for (const Property& each : type.properties) {
    Node property = map_node();
    set_text(property, "name", each.name);
    set_text(property, "friendlyName", each.friendly);
    set_text(property, "description", each.what);
    property.set("required", boolean_node(each.required));
    properties.items.push_back(std::move(property));
  }
  node.set("configurationProperties", std::move(properties));
  return node;
}

}  // namespace

bool run_sdk_types(ControlRequest& request) {
  if (request.operation.name == "GetSdkTypes") {
    std::vector<std::pair<std::string, Node>> all;
    for (const Type& each : kTypes) all.emplace_back(child("/sdktypes", each.id), node_of(each));
    answer_page(request, std::move(all));
    return true;
  }
  if (request.operation.name != "GetSdkType") return false;
  for (const Type& each : kTypes)
    if (request.name("sdktype_id") == each.id) {
      request.reply.body = node_of(each);
      return true;
    }
  throw not_found("Invalid SDK type identifier specified");
}

}  // namespace stator::gateway::control
