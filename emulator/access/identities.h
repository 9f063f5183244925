// Who may sign requests: the users and the roles' sessions that the owner of the server named, with their access keys
// and their policies. Read once at start; immutable, so any thread may look.
//
// Two forms of file. One in the form of ~/.aws/credentials (read_credentials) has users without policies: each profile
// is one. The other (read_file) is YAML or JSON:
//
//   Account: "111122223333"                        # of the identities that name none; otherwise 000000000000
//   Policies: {readers: {Version: ..., Statement: ...}}
//   Users:
//     - UserName: ann
//       Account: "444455556666"
//       AccessKeys: [{AccessKeyId: AKIAANN, SecretAccessKey: secret}]
//       Policies: [readers, ./more.json, {Version: ..., Statement: ...}]
//       PermissionsBoundary: readers
//       Tags: {team: blue}                         # aws:PrincipalTag/team
//   Roles:
//     - RoleName: app                              # Account, Policies, PermissionsBoundary, Tags as above
//       Sessions:
//         - {RoleSessionName: one, AccessKeyId: ASIA1, SecretAccessKey: secret, SessionToken: token,
//            Context: {"cognito-identity.amazonaws.com:sub": "1-2"}}
//
// A policy is a document, the name of one under Policies, or a file's path, which begins with "/" or ".". Context are
// further condition keys of the session.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/policy/authorization.h"

namespace stator::access {

struct Identity {
  std::string name;      // the user's, or "role/session"
  std::string account;   // empty: not said
  std::string arn;       // "arn:aws:iam::111122223333:user/ann", "arn:aws:sts::111122223333:assumed-role/app/one"
  std::string id;        // aws:userid
  std::string role_arn;  // of a session; empty: a user
  policy::Grants grants;
  policy::ConditionContext context;  // what the file says: tags, a session's further keys

  bool is_user() const { return role_arn.empty(); }
};

struct AccessKey {
  std::string id;
  std::string secret;
  std::string session_token;  // empty: none
  std::shared_ptr<const Identity> identity;
};

class Identities {
 public:
  // Both throw std::runtime_error, "file:line: text", for what cannot be read.
  static Identities read_credentials(const std::string& path);
  static Identities read_file(const std::string& path);

  // Null for an unknown key, and for a temporary one with another session's token.
  const AccessKey* find(std::string_view access_key, std::string_view session_token) const;

 private:
  friend class IdentityReader;
  std::map<std::string, AccessKey, std::less<>> keys_;
};

}  // namespace stator::access
