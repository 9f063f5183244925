#include <algorithm>
#include <stdexcept>

#include "emulator/access/identities.h"
#include "emulator/templates/reader.h"

namespace stator::access {

using templates::Node;

namespace {

constexpr std::string_view kDefaultAccount = "000000000000";

void check_members(const Node& node, std::initializer_list<std::string_view> known, const std::string& what) {
  if (!node.is_map()) node.fail(what + ": expected a map");
  for (const templates::Member& member : node.members)
    if (std::find(known.begin(), known.end(), member.name) == known.end())
      member.value.fail(what + " has no " + member.name);
}

const std::string& required(const Node& node, std::string_view name) {
  const Node* found = node.find(name);
  if (found == nullptr || !found->is_scalar() || found->text.empty()) node.fail("expected " + std::string(name));
  return found->text;
}

std::string optional(const Node& node, std::string_view name) {
  const Node* found = node.find(name);
  return found != nullptr ? found->string(name) : std::string();
}

std::shared_ptr<const policy::Policy> policy_in(const Node& document) {
  std::string json, problem;
  templates::append_json(document, json);
  auto read = policy::Policy::parse(json, policy::PolicyKind::kIdentity, problem);
  if (!read) document.fail("not a policy: " + problem);
  return read;
}

const std::vector<Node>& list_in(const Node& node, std::string_view name) {
  static const std::vector<Node> kNone;
  const Node* found = node.find(name);
  if (found == nullptr) return kNone;
  if (!found->is_list()) found->fail(std::string(name) + ": expected a list");
  return found->items;
}

}  // namespace

class IdentityReader {
 public:
  IdentityReader(const Node& root, std::string path) : root_(root), path_(std::move(path)) {}

  Identities read() {
    check_members(root_, {"Account", "Policies", "Users", "Roles"}, "the file");
    if (const Node* named = root_.find("Policies")) {
      if (!named->is_map()) named->fail("Policies: expected a map of documents");
      for (const templates::Member& member : named->members) named_[member.name] = policy_in(member.value);
    }
    for (const Node& user : list_in(root_, "Users")) read_user(user);
    for (const Node& role : list_in(root_, "Roles")) read_role(role);
    if (out_.keys_.empty()) root_.fail("expected Users or Roles with access keys");
    return std::move(out_);
  }

 private:
  std::shared_ptr<const policy::Policy> policy_of(const Node& node) {
    if (node.is_map()) return policy_in(node);
    const std::string& name = node.string("a policy");
    if (name.starts_with('/') || name.starts_with('.'))
      return policy_in(templates::read_file(templates::beside(path_, name)));
    const auto found = named_.find(name);
    if (found == named_.end()) node.fail("there is no " + name + " under Policies");
    return found->second;
  }

  // What users and roles have in common.
  Identity read_identity(const Node& node) {
    Identity identity;
    identity.account = optional(node, "Account");
    if (identity.account.empty()) identity.account = optional(root_, "Account");
    if (identity.account.empty()) identity.account = kDefaultAccount;
    if (identity.account.size() != kDefaultAccount.size() ||
        identity.account.find_first_not_of("0123456789") != std::string::npos)
      node.fail("Account: expected 12 digits");
    for (const Node& each : list_in(node, "Policies")) identity.grants.policies.push_back(policy_of(each));
    if (const Node* boundary = node.find("PermissionsBoundary")) identity.grants.boundary = policy_of(*boundary);
    if (const Node* tags = node.find("Tags")) {
      if (!tags->is_map()) tags->fail("Tags: expected a map");
      for (const templates::Member& tag : tags->members)
        identity.context[policy::lower_key("aws:PrincipalTag/" + tag.name)] = {tag.value.string("a tag")};
    }
    return identity;
  }

  void add_key(const Node& node, std::string token, std::shared_ptr<const Identity> identity) {
    AccessKey key{required(node, "AccessKeyId"), required(node, "SecretAccessKey"), std::move(token),
                  std::move(identity)};
    const std::string id = key.id;
    if (id.find('/') != std::string::npos) node.fail("AccessKeyId: it may not hold a slash");
    if (!out_.keys_.emplace(id, std::move(key)).second) node.fail("the access key " + id + " is there already");
  }

  void read_user(const Node& node) {
    check_members(node, {"UserName", "Account", "AccessKeys", "Policies", "PermissionsBoundary", "Tags"}, "a user");
    Identity user = read_identity(node);
    user.name = required(node, "UserName");
    user.arn = "arn:aws:iam::" + user.account + ":user/" + user.name;
    const std::vector<Node>& keys = list_in(node, "AccessKeys");
    if (keys.empty()) node.fail("expected AccessKeys");
    for (const Node& key : keys) check_members(key, {"AccessKeyId", "SecretAccessKey"}, "an access key");
    // The service's own ids say nothing and cannot be had here: the first key stands for one.
    user.id = required(keys.front(), "AccessKeyId");
    const auto shared = std::make_shared<const Identity>(std::move(user));
    for (const Node& key : keys) add_key(key, {}, shared);
  }

  void read_role(const Node& node) {
    check_members(node, {"RoleName", "Account", "Sessions", "Policies", "PermissionsBoundary", "Tags"}, "a role");
    const Identity role = read_identity(node);
    const std::string& name = required(node, "RoleName");
    const std::vector<Node>& sessions = list_in(node, "Sessions");
    if (sessions.empty()) node.fail("expected Sessions");
    for (const Node& each : sessions) {
      check_members(each, {"RoleSessionName", "AccessKeyId", "SecretAccessKey", "SessionToken", "Context"},
                    "a session");
      Identity session = role;
      const std::string& session_name = required(each, "RoleSessionName");
      session.name = name + "/" + session_name;
      session.arn = "arn:aws:sts::" + role.account + ":assumed-role/" + session.name;
      session.role_arn = "arn:aws:iam::" + role.account + ":role/" + name;
      session.id = name + ":" + session_name;
      if (const Node* further = each.find("Context")) {
        if (!further->is_map()) further->fail("Context: expected a map of condition keys");
        for (const templates::Member& key : further->members) {
          std::vector<std::string>& values = session.context[policy::lower_key(key.name)];
          if (!key.value.is_list()) values.push_back(key.value.string(key.name));
          for (const Node& value : key.value.items) values.push_back(value.string(key.name));
        }
      }
      add_key(each, required(each, "SessionToken"), std::make_shared<const Identity>(std::move(session)));
    }
  }

  const Node& root_;
  const std::string path_;
  std::map<std::string, std::shared_ptr<const policy::Policy>> named_;
  Identities out_;
};

Identities Identities::read_file(const std::string& path) {
  const Node root = templates::read_file(path);
  return IdentityReader(root, path).read();
}

}  // namespace stator::access
