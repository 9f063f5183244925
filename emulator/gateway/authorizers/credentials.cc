#include "emulator/gateway/authorizers/credentials.h"

#include <fstream>
#include <stdexcept>

namespace stator::gateway {
namespace {

std::string trimmed(const std::string& text) {
  const size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

}  // namespace

Credentials Credentials::read_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ":1: cannot be read");
  Credentials out;
  std::string line;
  int number = 0, begun = 0;
  auto fail = [&](int at, const std::string& text) {
    throw std::runtime_error(path + ":" + std::to_string(at) + ": " + text);
  };
  auto complete = [&] {
    if (out.all_.empty()) return;
    const Credential& last = out.all_.back();
    if (last.access_key.empty() || last.secret.empty())
      fail(begun, "profile " + last.user + ": expected aws_access_key_id and aws_secret_access_key");
  };
  while (std::getline(file, line)) {
    ++number;
    const std::string text = trimmed(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') continue;
    if (text.front() == '[' && text.back() == ']') {
      complete();
      begun = number;
      out.all_.push_back({trimmed(text.substr(1, text.size() - 2)), "", "", ""});
      continue;
    }
    const size_t equals = text.find('=');
    if (equals == std::string::npos || out.all_.empty()) fail(number, "expected [profile] or name = value");
    const std::string name = trimmed(text.substr(0, equals)), value = trimmed(text.substr(equals + 1));
    if (name == "aws_access_key_id") out.all_.back().access_key = value;
    if (name == "aws_secret_access_key") out.all_.back().secret = value;
    if (name == "aws_session_token") out.all_.back().session_token = value;
  }
  complete();
  if (out.all_.empty()) fail(1, "expected a [profile]");
  return out;
}

const Credential* Credentials::find(std::string_view access_key) const {
  for (const Credential& each : all_)
    if (each.access_key == access_key) return &each;
  return nullptr;
}

}  // namespace stator::gateway
