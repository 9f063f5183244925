// Custom domain names and what they map to, in both forms: V1's DomainName and BasePathMapping and V2's DomainName and
// ApiMapping are one thing, kept in V1's form (a domain) and V2's (a mapping):
//   /domainnames/NAME   /domainnames/NAME/mappings/ID: {apiMappingId, apiMappingKey, apiId, stage}
#include <algorithm>

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/patch.h"
#include "emulator/gateway/control/resource_type.h"

namespace stator::gateway::control {
namespace {

std::string no_domain(const ControlRequest&, const std::string&) {
  return "Invalid domain name identifier specified";
}

std::string endpoint_type(const Node& domain) {
  const Node* endpoint = domain.find("endpointConfiguration");
  const std::vector<std::string> types = endpoint ? texts_in(*endpoint, "types") : std::vector<std::string>();
  return types.empty() ? "EDGE" : types.front();
}

bool is_private(const Node& domain) {
  return endpoint_type(domain) == "PRIVATE";
}

bool is_edge(const Node& domain) {
  return endpoint_type(domain) == "EDGE";
}

void complete_domain(ControlRequest& request, Node& domain) {
  const std::string name = text_in(domain, "domainName");
  Node& endpoint = child_map(domain, "endpointConfiguration");
  if (endpoint.find("types") == nullptr) {
    Node types = list_node();
    types.items.push_back(text_node("EDGE"));
    endpoint.set("types", std::move(types));
  }
  set_default(endpoint, "ipAddressType", text_node(is_private(domain) ? "dualstack" : "ipv4"));
  if (is_private(domain)) {
    set_default(domain, "domainNameId", text_node(new_id(10)));
  } else if (is_edge(domain)) {
    set_default(domain, "distributionDomainName", text_node("d" + new_id(13) + ".cloudfront.net"));
    set_default(domain, "distributionHostedZoneId", text_node("Z2FDTNDATAQYW2"));
  } else {
    set_default(domain, "regionalDomainName",
                text_node("d-" + new_id(10) + ".execute-api." + request.region + ".amazonaws.com"));
    set_default(domain, "regionalHostedZoneId", text_node("Z1UJRXOUMOOFQ8"));
  }
  set_default(domain, "securityPolicy", text_node("TLS_1_2"));
  set_default(domain, "routingMode", text_node("BASE_PATH_MAPPING_ONLY"));
  set_default(domain, "certificateUploadDate", number_node(request.now_ms));
  set_text(domain, "domainNameStatus", "AVAILABLE");
  set_text(domain, "domainNameArn",
           is_private(domain) ? "arn:aws:apigateway:" + request.region + ":" + request.account + ":/domainnames/" +
                                    name + "+" + text_in(domain, "domainNameId")
                              : request.arn("/domainnames/" + name));
}

void check_new_domain(ControlRequest& request, const std::string& name) {
  if (name.empty() || name.find_first_of("/ ") != std::string::npos) throw bad_request("Invalid domain name specified");
  if (request.documents.has(child("/domainnames", name)))
    throw bad_request("The domain name you provided already exists.");
}

std::string prepare_domain(ControlRequest& request, Node& domain) {
  const std::string name = text_in(domain, "domainName");
  check_new_domain(request, name);
  if (const Node* tls = domain.find("mutualTlsAuthentication");
      tls != nullptr && text_in(*tls, "truststoreUri").empty())
    throw bad_request("A truststore URI is required for mutual TLS authentication");
  complete_domain(request, domain);
  request.changed.push_back("/domainnames");
  return name;
}

void touch_domain(ControlRequest& request, const Node&) {
  request.changed.push_back("/domainnames");
}

constexpr ResourceType kDomains{
    .create = "CreateDomainName",
    .get = "GetDomainName",
    .list = "GetDomainNames",
    .update = "UpdateDomainName",
    .remove = "DeleteDomainName",
    .collection = "/domainnames",
    .id = "domain_name",
    .missing = no_domain,
    .prepare = prepare_domain,
    .changed =
        [](ControlRequest& request, const Node&, Node& domain) {
          complete_domain(request, domain);
          request.changed.push_back("/domainnames");
        },
    .removing = touch_domain,
    .patchable =
        "/certificateName /certificateArn /regionalCertificateName /regionalCertificateArn /securityPolicy "
        "/endpointConfiguration/types /endpointConfiguration/types/* /endpointConfiguration/ipAddressType "
        "/mutualTlsAuthentication/truststoreUri /mutualTlsAuthentication/truststoreVersion "
        "/ownershipVerificationCertificateArn /routingMode /policy",
};

// --- mappings
// ---------------------------------------------------------------------------------------------------------

using Mappings = std::vector<std::pair<std::string, Node>>;

// A private domain name is found by its id as well, others have none.
std::string domain_path(ControlRequest& request, std::string_view parameter) {
  const std::string path = child("/domainnames", request.name(parameter));
  const std::optional<Node> domain = request.documents.find(path);
  if (!domain || text_in(*domain, "domainNameId") != request.asked("domainNameId"))
    throw not_found(no_domain(request, {}));
  return path;
}

// V1 says "(none)" for the empty path.
std::string key_of(const std::string& base_path) {
  return base_path == "(none)" ? "" : base_path;
}

Node as_rest_mapping(const Node& mapping) {
  Node shown = map_node();
  const std::string key = text_in(mapping, "apiMappingKey");
  set_text(shown, "basePath", key.empty() ? "(none)" : key);
  set_text(shown, "restApiId", text_in(mapping, "apiId"));
  if (const std::string stage = text_in(mapping, "stage"); !stage.empty()) set_text(shown, "stage", stage);
  return shown;
}

void check_mapping(ControlRequest& request, const std::string& domain, const Node& mapping) {
  const std::string id = text_in(mapping, "apiId"), stage = text_in(mapping, "stage"),
                    key = text_in(mapping, "apiMappingKey");
  const std::string rest = child("/restapis", id), v2 = child("/v2/apis", id);
  const std::string api = request.documents.has(rest) ? rest : v2;
  if (!request.documents.has(api)) throw bad_request("Invalid API identifier specified " + request.account + ":" + id);
  if (!stage.empty() && !request.documents.has(child(api + "/stages", stage)))
    throw bad_request("Invalid stage identifier specified");
  if (key.starts_with('/') || key.ends_with('/') || key.find("//") != std::string::npos)
    throw bad_request("API mapping key should not start with a '/' or have consecutive '/'s.");
  if (key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$-_.+!*'(),/") !=
      std::string::npos)
    throw bad_request("An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(),");
  if (request.is_rest() && key.find('/') != std::string::npos)
    throw bad_request("Invalid base path specified. Multi-level base paths are made with API mappings");
  for (const auto& [path, other] : request.documents.children(domain + "/mappings"))
    if (text_in(other, "apiMappingKey") == key && text_in(other, "apiMappingId") != text_in(mapping, "apiMappingId"))
      throw conflict(request.is_rest() ? "Base path already exists for this domain name"
                                       : "ApiMapping key already exists for this domain name");
}

void keep_mapping(ControlRequest& request, const std::string& domain, const Node& mapping) {
  check_mapping(request, domain, mapping);
  request.documents.put(domain + "/mappings/" + text_in(mapping, "apiMappingId"), mapping);
  request.changed.push_back("/domainnames");
}

std::pair<std::string, Node> rest_mapping(ControlRequest& request, const std::string& domain) {
  const std::string key = key_of(request.name("base_path"));
  for (auto& each : request.documents.children(domain + "/mappings"))
    if (text_in(each.second, "apiMappingKey") == key) return each;
  throw not_found("Invalid base path mapping identifier specified");
}

bool run_rest_mappings(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (!name.ends_with("BasePathMapping") && name != "GetBasePathMappings") return false;
  const std::string domain = domain_path(request, "domain_name");
  if (name == "GetBasePathMappings") {
    Mappings all = request.documents.children(domain + "/mappings");
    for (auto& [path, mapping] : all) mapping = as_rest_mapping(mapping);
    answer_page(request, std::move(all));
    return true;
  }
  if (name == "CreateBasePathMapping") {
    Node mapping = map_node();
    set_text(mapping, "apiMappingId", new_id(6));
    set_text(mapping, "apiMappingKey", key_of(text_in(request.input, "basePath")));
    set_text(mapping, "apiId", text_in(request.input, "restApiId"));
    if (const std::string stage = text_in(request.input, "stage"); !stage.empty()) set_text(mapping, "stage", stage);
    keep_mapping(request, domain, mapping);
    request.reply.body = as_rest_mapping(mapping);
    return true;
  }
  auto [path, mapping] = rest_mapping(request, domain);
  if (name == "DeleteBasePathMapping") {
    request.documents.erase(path);
    request.changed.push_back("/domainnames");
    return true;
  }
  if (name == "UpdateBasePathMapping") {
    constexpr std::string_view kPatchable = "/basePath /restapiId /restApiId /stage";
    for (const Patch& patch : patches_of(request)) {
      if (!may_patch(patch, kPatchable)) refuse_patch(patch, kPatchable);
      const std::string& member = patch.parts[0];
      const std::string value = patch.op == "remove" ? "" : patch.value;
      if (member == "basePath")
        set_text(mapping, "apiMappingKey", key_of(value));
      else if (member == "stage" && value.empty())
        erase_member(mapping, "stage");
      else
        set_text(mapping, member == "stage" ? "stage" : "apiId", value);
    }
    keep_mapping(request, domain, mapping);
  }
  request.reply.body = as_rest_mapping(mapping);
  return true;
}

// --- V2's form
// --------------------------------------------------------------------------------------------------------

// V1's "BASE_PATH_MAPPING_ONLY" is V2's "API_MAPPING_ONLY".
std::string routing_mode(std::string mode, std::string_view from, std::string_view to) {
  const size_t at = mode.find(std::string(from) + "_MAPPING");
  return at == std::string::npos ? mode : mode.replace(at, from.size(), to);
}

Node as_v2_domain(const Node& domain) {
  const bool edge = is_edge(domain);
  Node configuration = map_node();
  const auto copy = [](const Node& from, std::string_view name, Node& to, std::string_view as) {
    if (const Node* found = from.find(name)) to.set(as, *found);
  };
  copy(domain, edge ? "distributionDomainName" : "regionalDomainName", configuration, "apiGatewayDomainName");
  copy(domain, edge ? "distributionHostedZoneId" : "regionalHostedZoneId", configuration, "hostedZoneId");
  copy(domain, edge ? "certificateArn" : "regionalCertificateArn", configuration, "certificateArn");
  copy(domain, edge ? "certificateName" : "regionalCertificateName", configuration, "certificateName");
  for (std::string_view same :
       {"certificateUploadDate", "domainNameStatus", "securityPolicy", "ownershipVerificationCertificateArn"})
    copy(domain, same, configuration, same);
  set_text(configuration, "endpointType", edge ? "EDGE" : "REGIONAL");
  if (const Node* endpoint = domain.find("endpointConfiguration"))
    copy(*endpoint, "ipAddressType", configuration, "ipAddressType");
  Node shown = map_node();
  set_text(shown, "apiMappingSelectionExpression", "$request.basepath");
  Node list = list_node();
  list.items.push_back(std::move(configuration));
  for (std::string_view same : {"domainName", "domainNameArn", "mutualTlsAuthentication", "tags"})
    copy(domain, same, shown, same);
  set_text(shown, "routingMode", routing_mode(text_in(domain, "routingMode"), "BASE_PATH", "API"));
  shown.set("domainNameConfigurations", std::move(list));
  set_default(shown, "tags", map_node());
  return shown;
}

// What V2 says of a domain, in V1's form.
void take_v2_domain(const ControlRequest& request, Node& domain) {
  const Node* list = request.input.find("domainNameConfigurations");
  if (list != nullptr && !list->items.empty()) {
    const Node& given = list->items.front();
    const bool edge = text_in(given, "endpointType", "REGIONAL") == "EDGE";
    Node types = list_node();
    types.items.push_back(text_node(edge ? "EDGE" : "REGIONAL"));
    Node& endpoint = child_map(domain, "endpointConfiguration");
    endpoint.set("types", std::move(types));
    if (const Node* kind = given.find("ipAddressType")) endpoint.set("ipAddressType", *kind);
    if (const Node* arn = given.find("certificateArn"))
      domain.set(edge ? "certificateArn" : "regionalCertificateArn", *arn);
    if (const Node* name = given.find("certificateName"))
      domain.set(edge ? "certificateName" : "regionalCertificateName", *name);
    for (std::string_view same : {"securityPolicy", "ownershipVerificationCertificateArn"})
      if (const Node* found = given.find(same)) domain.set(same, *found);
  }
  for (std::string_view same : {"mutualTlsAuthentication", "tags"})
    if (const Node* found = request.input.find(same)) domain.set(same, *found);
  if (const std::string mode = text_in(request.input, "routingMode"); !mode.empty())
    set_text(domain, "routingMode", routing_mode(mode, "API", "BASE_PATH"));
}

void run_v2_domain(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (name == "GetDomainNames") {
    std::vector<std::pair<std::string, Node>> all = request.documents.children("/domainnames");
    std::erase_if(all, [](const auto& each) { return is_private(each.second); });  // V2 has no word for them
    for (auto& [path, domain] : all) domain = as_v2_domain(domain);
    return answer_page(request, std::move(all));
  }
  if (name == "CreateDomainName") {
    const std::string domain_name = text_in(request.input, "domainName");
    check_new_domain(request, domain_name);
    const Node* list = request.input.find("domainNameConfigurations");
    if (list == nullptr || list->items.empty()) throw bad_request("DomainNameConfigurations must not be empty");
    Node domain = map_node();
    set_text(domain, "domainName", domain_name);
    take_v2_domain(request, domain);
    complete_domain(request, domain);
    request.documents.put(child("/domainnames", domain_name), domain);
    request.changed.push_back("/domainnames");
    request.reply.body = as_v2_domain(domain);
    return;
  }
  const std::string path = domain_path(request, "domainName");
  Node domain = *request.documents.find(path);
  if (name == "DeleteDomainName") {
    request.documents.erase(path);
    request.changed.push_back("/domainnames");
    return;
  }
  if (name == "UpdateDomainName") {
    take_v2_domain(request, domain);
    complete_domain(request, domain);
    request.documents.put(path, domain);
    request.changed.push_back("/domainnames");
  }
  request.reply.body = as_v2_domain(domain);
}

bool run_v2_mappings(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (!name.ends_with("ApiMapping") && name != "GetApiMappings") return false;
  const std::string domain = domain_path(request, "domainName");
  if (name == "GetApiMappings") {
    answer_page(request, request.documents.children(domain + "/mappings"));
    return true;
  }
  Node mapping = map_node();
  if (name == "CreateApiMapping") {
    mapping = taken_input(request, request.output_shape());
    set_text(mapping, "apiMappingId", new_id(6));
    set_default(mapping, "apiMappingKey", text_node(""));
    keep_mapping(request, domain, mapping);
    request.reply.body = std::move(mapping);
    return true;
  }
  const std::string path = child(domain + "/mappings", request.name("apiMappingId"));
  std::optional<Node> found = request.documents.find(path);
  if (!found) throw not_found("Unable to find ApiMapping with id " + request.name("apiMappingId"));
  if (name == "DeleteApiMapping") {
    request.documents.erase(path);
    request.changed.push_back("/domainnames");
    return true;
  }
  if (name == "UpdateApiMapping") {
    for (const Member& m : taken_input(request, request.output_shape()).members) found->set(m.name, m.value);
    keep_mapping(request, domain, *found);
  }
  request.reply.body = *std::move(found);
  return true;
}

}  // namespace

bool run_domains(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (request.is_rest()) {
    if (request.names.contains("domain_name")) domain_path(request, "domain_name");
    return run_generic(request, kDomains) || run_rest_mappings(request);
  }
  if (name == "CreateDomainName" || name == "GetDomainName" || name == "GetDomainNames" || name == "UpdateDomainName" ||
      name == "DeleteDomainName") {
    run_v2_domain(request);
    return true;
  }
  return run_v2_mappings(request);
}

}  // namespace stator::gateway::control
