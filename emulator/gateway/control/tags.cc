// Tags, by ARN, and V2's VPC links. An ARN's path is the document's:
// arn:aws:apigateway:REGION::/restapis/ID/stages/dev.
#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"

namespace stator::gateway::control {
namespace {

std::string path_of_arn(ControlRequest& request, const std::string& arn) {
  const size_t at = arn.find(":/");
  if (!arn.starts_with("arn:") || arn.find(":apigateway:") == std::string::npos || at == std::string::npos)
    throw bad_request("Invalid resource ARN specified: " + arn);
  std::string path;
  std::vector<std::string_view> parts = path_segments(std::string_view(arn).substr(at + 1));
  // Of what private domain names have, the ARN names the account, and the domain's id behind its name.
  if (parts.front() == "domainnameaccessassociations" || arn[at - 1] != ':') {
    path = parts.front() == "domainnames" && parts.size() == 2
               ? child("/domainnames", parts[1].substr(0, parts[1].find('+')))
               : child("/domainnameaccessassociations", arn.substr(arn.find('/', at + 2) + 1));
    const std::optional<Node> found = request.documents.find(path);
    if (found && (text_in(*found, "domainNameArn") == arn || text_in(*found, "domainNameAccessAssociationArn") == arn))
      return path;
    throw not_found("Invalid resource identifier specified: " + arn);
  }
  if (!parts.empty() && parts.front() == "v2") parts.erase(parts.begin());
  if (parts.size() != 2 && parts.size() != 4) throw bad_request("Invalid resource ARN specified: " + arn);
  for (size_t i = 0; i < parts.size(); ++i)
    path += i % 2 == 0 ? "/" + std::string(parts[i]) : "/" + percent_encode(percent_decode(parts[i]));
  // V2's things have the same ARNs as V1's, but for their first word.
  const std::string collection(parts.front());
  if (collection == "apis") path = "/v2" + path;
  if (collection == "vpclinks" && !request.documents.has(path)) path = "/v2" + path;
  if (request.documents.has(path)) return path;
  const std::string name(parts[1]);
  if (collection == "restapis" || collection == "apis")
    throw not_found(parts.size() == 4 ? "Invalid stage identifier specified" : no_such_api(request, name));
  throw not_found("Invalid resource identifier specified: " + arn);
}

void run_tags(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  const std::string path = path_of_arn(request, request.name(request.is_rest() ? "resource_arn" : "resource-arn"));
  Node document = *request.documents.find(path);
  Node& tags = child_map(document, "tags");
  if (name == "TagResource") {
    if (const Node* given = request.input.find("tags"))
      for (const Member& m : given->members) {
        if (m.name.starts_with("aws:")) throw bad_request("Invalid tag key specified: " + m.name);
        tags.set(m.name, m.value);
      }
    if (tags.members.size() > 50) throw bad_request("The number of tags exceeds the limit of 50");
  }
  if (name == "UntagResource")
    for (const auto& [key, value] : request.query)
      if (key == "tagKeys") erase_member(tags, value);
  if (name != "GetTags") request.documents.put(path, document);
  request.reply.body = map_node();
  if (name == "GetTags") request.reply.body.set("tags", *document.find("tags"));
}

std::string prepare_v2_link(ControlRequest& request, Node& link) {
  const std::string id = new_id(6);
  set_text(link, "vpcLinkId", id);
  link.set("createdDate", number_node(request.now_ms));
  set_text(link, "vpcLinkVersion", "V2");
  set_default(link, "securityGroupIds", list_node());
  set_default(link, "tags", map_node());
  return id;
}

constexpr ResourceType kV2Links{
    .create = "CreateVpcLink",
    .get = "GetVpcLink",
    .list = "GetVpcLinks",
    .update = "UpdateVpcLink",
    .remove = "DeleteVpcLink",
    .collection = "/v2/vpclinks",
    .id = "vpcLinkId",
    .missing = [](const ControlRequest&, const std::string& id) { return "Unable to find VpcLink with id " + id; },
    .prepare = prepare_v2_link,
    .show =
        [](ControlRequest& request, Node& link) {
          set_text(link, "vpcLinkStatus", request.operation.name == "CreateVpcLink" ? "PENDING" : "AVAILABLE");
        },
};

}  // namespace

bool run_tags_and_links(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (name == "TagResource" || name == "UntagResource" || name == "GetTags") {
    run_tags(request);
    return true;
  }
  return !request.is_rest() && run_generic(request, kV2Links);
}

}  // namespace stator::gateway::control
