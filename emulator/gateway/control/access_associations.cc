// Domain name access associations: which VPC endpoints may call a private custom domain name. There is no VPC here, so
// they are kept and told, and admit nobody. Kept as /domainnameaccessassociations/{the ARN's tail}.
#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"

namespace stator::gateway::control {
namespace {

constexpr std::string_view kCollection = "/domainnameaccessassociations";

// "private.example.com+abcd1234" of the domain's ARN; throws when this account has no such private domain name.
std::string private_domain(ControlRequest& request, const std::string& arn) {
  constexpr std::string_view kDomains = ":/domainnames/";
  const size_t at = arn.find(kDomains);
  std::string named = at == std::string::npos ? "" : arn.substr(at + kDomains.size());
  const std::optional<Node> domain = request.documents.find(child("/domainnames", named.substr(0, named.find('+'))));
  if (!domain || text_in(*domain, "domainNameId").empty() || text_in(*domain, "domainNameArn") != arn)
    throw bad_request("Invalid domain name ARN specified");
  return named;
}

void create(ControlRequest& request) {
  Node association = taken_input(request, request.output_shape());
  const std::string domain = private_domain(request, text_in(association, "domainNameArn"));
  const std::string source = text_in(association, "accessAssociationSource");
  if (!source.starts_with("vpce-")) throw bad_request("Invalid access association source specified");
  const std::string tail = "domainname/" + domain + "/vpcesource/" + source, path = child(kCollection, tail);
  if (request.documents.has(path)) throw conflict("Domain name access association already exists");
  set_text(
      association, "domainNameAccessAssociationArn",
      "arn:aws:apigateway:" + request.region + ":" + request.account + ":" + std::string(kCollection) + "/" + tail);
  request.documents.put(path, association);
  request.reply.body = std::move(association);
}

void remove(ControlRequest& request, const std::string& arn) {
  const size_t at = arn.find(":" + std::string(kCollection) + "/");
  const std::string tail = at == std::string::npos ? "" : arn.substr(at + kCollection.size() + 2);
  const std::string path = child(kCollection, tail);
  const std::optional<Node> found = request.documents.find(path);
  if (tail.empty() || !found || text_in(*found, "domainNameAccessAssociationArn") != arn)
    throw not_found("Invalid domain name access association identifier specified");
  if (const std::string domain = request.asked("domainNameArn");
      !domain.empty() && domain != text_in(*found, "domainNameArn"))
    throw bad_request("Invalid domain name ARN specified");
  request.documents.erase(path);
}

}  // namespace

bool run_access_associations(ControlRequest& request) {
  const std::string_view name = request.operation.name;
  if (name == "CreateDomainNameAccessAssociation") {
    create(request);
  } else if (name == "DeleteDomainNameAccessAssociation") {
    remove(request, request.name("domain_name_access_association_arn"));
  } else if (name == "RejectDomainNameAccessAssociation") {
    remove(request, request.asked("domainNameAccessAssociationArn"));
  } else if (name == "GetDomainNameAccessAssociations") {
    // Those of other accounts with this one's domains: an account sees only its own here.
    const bool own = request.asked("resourceOwner", "SELF") == "SELF";
    answer_page(request,
                own ? request.documents.children(kCollection) : decltype(request.documents.children(kCollection))());
  } else {
    return false;
  }
  return true;
}

}  // namespace stator::gateway::control
