// The environment of a function's process: built, never inherited, so that no real key of the owner's reaches it. What
// it holds follows Lambda's list of runtime environment variables; AWS_ENDPOINT_URL points back at this server, so that
// the function's SDK calls reach the local tables. The function's own variables come last and win, except the reserved
// AWS_LAMBDA_RUNTIME_API without which it could not run. A variable that holds the URL of one of the templates' APIs
// (https://ID.execute-api.REGION.amazonaws.com) gets the one that it has here.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "emulator/gateway/function.h"

namespace stator::gateway {

// What all functions of one server share.
struct ChildDefaults {
  std::string endpoint_url;  // "http://127.0.0.1:8000"; empty: not set
  // Files of certificates, so that a function may call this server by https as it would call AWS. Empty: not set.
  std::string own_certificate;  // this server's
  std::string certificates;     // the machine's and this server's
  // The URLs that the APIs of the templates have on AWS, and what they are here.
  std::map<std::string, std::string> api_urls;
  // What else a variable's value becomes when a process starts; from any thread. Null: nothing.
  std::function<std::string(std::string value)> localize;
  std::string region = "us-east-1";
  std::string
      path;  // PATH, HOME and LANG as the server was started with: programs are found where its owner finds them
  std::string home;
  std::string lang;
};

// "NAME=value" each, sorted by name. `runtime_api` is "127.0.0.1:port", or empty for a program that does not speak the
// Runtime API; `log_stream` tells workers of one function apart.
std::vector<std::string> child_environment(const FunctionConfig& config, const ChildDefaults& defaults,
                                           const std::string& runtime_api, const std::string& runtime_folder,
                                           const std::string& log_stream);

}  // namespace stator::gateway
