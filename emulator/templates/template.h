// A CloudFormation or SAM template and the values of its intrinsic functions: Ref, GetAtt, Sub (both forms), Join, If,
// FindInMap, Select, Split, Base64, ToJsonString, Length, ForEach, conditions, parameters and pseudo parameters,
// AWS::Include of a local file. ImportValue finds what other templates export. What asks the network (GetAZs, Cidr,
// macros) is refused with a TemplateError.
//
// Nothing is resolved until it is asked for: a template may hold resources that mean nothing here (roles, queues) with
// functions that we refuse, and is still good. Names that the service would make up are made the same way each time: a
// function without FunctionName is called by its logical id, an API's id is derived from its logical id, so that URLs
// stay the same from run to run.
// Immutable once built; resolve() may be called from any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/templates/node.h"

namespace stator::templates {

struct TemplateOptions {
  std::string account = "000000000000";
  std::string region = "us-east-1";
  std::string stack_name = "stator";
  std::map<std::string, std::string> parameters;  // by flag; over the template's defaults
  std::map<std::string, std::string> imports;     // what Fn::ImportValue finds: other templates' exports() by name
};

// How the ARN of a table's stream ends as long as nobody can know when it was enabled.
inline constexpr std::string_view kUnknownStream = "/stream/1970-01-01T00:00:00.000";

struct Resource {
  std::string logical_id;
  std::string type;
  const Node* node = nullptr;        // the whole resource
  const Node* properties = nullptr;  // unresolved; null when it has none
};

class Template {
 public:
  Template(Node root, TemplateOptions options);
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

  const Node& root() const { return root_; }
  const TemplateOptions& options() const { return options_; }
  // Those whose Condition holds, in the order written.
  const std::vector<Resource>& resources() const { return resources_; }
  const Resource* find(std::string_view logical_id) const;

  // A copy with every function replaced by its value. Members and items that become AWS::NoValue are left out.
  Node resolve(const Node& node) const;
  // One property of a resource, resolved; nothing when it is absent or AWS::NoValue.
  std::optional<Node> property(const Resource& resource, std::string_view name) const;
  std::string text_property(const Resource& resource, std::string_view name, std::string fallback = {}) const;

  // The outputs that have an Export, by its name. Those whose values cannot be told here are left out.
  std::map<std::string, std::string> exports() const;

  // What Ref gives for a resource, and GetAtt for its attribute.
  std::string ref_of(const Resource& resource) const;
  std::string arn_of_function(std::string_view name) const;

 private:
  std::optional<Node> resolve_value(const Node& node, int depth) const;
  std::optional<Node> call(const std::string& name, const Node& argument, const Node& at, int depth) const;
  Node must(const Node& node, int depth, std::string_view what) const;
  std::optional<Node> ref(const std::string& name, const Node& at, int depth) const;
  Node parameter(std::string_view name, const Node& declared, const Node& at) const;
  std::string ref_of(const Resource& resource, int depth) const;
  std::string attribute(const std::string& id, const std::string& attribute, const Node& at, int depth) const;
  std::string attribute_of(const Resource& resource, const std::string& attribute, const Node& at, int depth) const;
  std::optional<std::string> generated(std::string_view id, std::string_view attribute, int depth) const;
  std::string get_att(const Node& argument, const Node& at, int depth) const;
  std::string join(const Node& argument, const Node& at, int depth) const;
  Node select(const Node& argument, const Node& at, int depth) const;
  Node split(const Node& argument, const Node& at, int depth) const;
  const std::string& imported(const Node& argument, const Node& at, int depth) const;
  std::string substitute(const Node& argument, const Node& at, int depth) const;
  Node find_in_map(const Node& argument, const Node& at, int depth) const;
  Node include(const Node& argument, const Node& at, int depth) const;
  bool condition(std::string_view name, const Node& at, int depth) const;
  bool truth(const Node& node, int depth) const;
  std::string named(const Resource& resource, std::string_view property, int depth) const;

  Node root_;
  TemplateOptions options_;
  std::vector<Resource> resources_;
};

// An id as the service makes them (ten of [a-z0-9], a letter first), the same for the same name.
std::string api_id_for(std::string_view logical_id);

}  // namespace stator::templates
