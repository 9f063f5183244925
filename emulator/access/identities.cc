#include "emulator/access/identities.h"

#include <fstream>
#include <stdexcept>

namespace stator::access {
namespace {

std::string without_blanks(const std::string& text) {
  const size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

}  // namespace

Identities Identities::read_credentials(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ":1: cannot be read");
  Identities out;
  std::string line, user;
  AccessKey key;
  int number = 0, begun = 0;
  auto fail = [&](int at, const std::string& text) {
    throw std::runtime_error(path + ":" + std::to_string(at) + ": " + text);
  };
  auto complete = [&] {
    if (begun == 0) return;
    if (key.id.empty() || key.secret.empty())
      fail(begun, "profile " + user + ": expected aws_access_key_id and aws_secret_access_key");
    auto identity = std::make_shared<Identity>();
    identity->name = user;
    identity->id = key.id;
    key.identity = std::move(identity);
    out.keys_.emplace(key.id, std::move(key));
    key = {};
  };
  while (std::getline(file, line)) {
    ++number;
    const std::string text = without_blanks(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') continue;
    if (text.front() == '[' && text.back() == ']') {
      complete();
      begun = number;
      user = without_blanks(text.substr(1, text.size() - 2));
      continue;
    }
    const size_t equals = text.find('=');
    if (equals == std::string::npos || begun == 0) fail(number, "expected [profile] or name = value");
    const std::string name = without_blanks(text.substr(0, equals)), value = without_blanks(text.substr(equals + 1));
    if (name == "aws_access_key_id") key.id = value;
    if (name == "aws_secret_access_key") key.secret = value;
    if (name == "aws_session_token") key.session_token = value;
  }
  complete();
  if (out.keys_.empty()) fail(1, "expected a [profile]");
  return out;
}

const AccessKey* Identities::find(std::string_view access_key, std::string_view session_token) const {
  const auto found = keys_.find(access_key);
  if (found == keys_.end()) return nullptr;
  const AccessKey& key = found->second;
  return key.session_token.empty() || key.session_token == session_token ? &key : nullptr;
}

}  // namespace stator::access
