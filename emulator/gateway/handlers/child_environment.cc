#include "emulator/gateway/handlers/child_environment.h"

namespace stator::gateway {
namespace {

std::string execution_env(const FunctionConfig& config) {
  if (!config.runtime.empty() && !config.runtime.starts_with("provided")) return "AWS_Lambda_" + config.runtime;
  if (config.kind == FunctionKind::kNode) return "AWS_Lambda_nodejs";
  if (config.kind == FunctionKind::kPython) return "AWS_Lambda_python";
  return {};
}

// The region of the function's own ARN: arn:aws:lambda:REGION:account:function:name.
std::string region_of(const FunctionConfig& config, const std::string& otherwise) {
  size_t at = 0;
  for (int colon = 0; colon < 3; ++colon) {
    at = config.arn.find(':', at);
    if (at == std::string::npos) return otherwise;
    ++at;
  }
  const size_t end = config.arn.find(':', at);
  return end == std::string::npos || end == at ? otherwise : config.arn.substr(at, end - at);
}

std::string with_local_urls(std::string text, const std::map<std::string, std::string>& urls) {
  for (const auto& [there, here] : urls)
    for (size_t at = 0; (at = text.find(there, at)) != std::string::npos; at += here.size())
      text.replace(at, there.size(), here);
  return text;
}

}  // namespace

std::vector<std::string> child_environment(const FunctionConfig& config, const ChildDefaults& defaults,
                                           const std::string& runtime_api, const std::string& runtime_folder,
                                           const std::string& log_stream) {
  const std::string region = region_of(config, defaults.region);
  std::map<std::string, std::string> all;
  all["PATH"] = defaults.path.empty() ? "/usr/local/bin:/usr/bin:/bin" : defaults.path;
  if (!defaults.home.empty()) all["HOME"] = defaults.home;
  all["LANG"] = defaults.lang.empty() ? "en_US.UTF-8" : defaults.lang;
  all["TZ"] = ":UTC";
  all["_HANDLER"] = config.handler;
  all["LAMBDA_TASK_ROOT"] = config.code_uri;
  all["LAMBDA_RUNTIME_DIR"] = runtime_folder;
  all["AWS_REGION"] = region;
  all["AWS_DEFAULT_REGION"] = region;
  all["AWS_ACCESS_KEY_ID"] = "stator";
  all["AWS_SECRET_ACCESS_KEY"] = "stator";
  all["AWS_SESSION_TOKEN"] = "stator";
  // With HOME given, an SDK would still find its owner's profiles; and without these it would ask the metadata service.
  all["AWS_CONFIG_FILE"] = "/dev/null";
  all["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
  all["AWS_EC2_METADATA_DISABLED"] = "true";
  if (!defaults.endpoint_url.empty()) {
    all["AWS_ENDPOINT_URL"] = defaults.endpoint_url;
    all["AWS_ENDPOINT_URL_DYNAMODB"] = defaults.endpoint_url;
    all["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] = defaults.endpoint_url;
  }
  if (!defaults.own_certificate.empty()) all["NODE_EXTRA_CA_CERTS"] = defaults.own_certificate;
  if (!defaults.certificates.empty())
    for (const char* name : {"AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}) all[name] = defaults.certificates;
  all["AWS_LAMBDA_FUNCTION_NAME"] = config.name;
  all["AWS_LAMBDA_FUNCTION_VERSION"] = "$LATEST";
  all["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(config.memory_mb);
  all["AWS_LAMBDA_LOG_GROUP_NAME"] = "/aws/lambda/" + config.name;
  all["AWS_LAMBDA_LOG_STREAM_NAME"] = log_stream;
  all["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
  if (std::string name = execution_env(config); !name.empty()) all["AWS_EXECUTION_ENV"] = std::move(name);
  for (const auto& [name, value] : config.environment) {
    all[name] = with_local_urls(value, defaults.api_urls);
    if (defaults.localize) all[name] = defaults.localize(std::move(all[name]));
  }
  if (!runtime_api.empty()) all["AWS_LAMBDA_RUNTIME_API"] = runtime_api;

  std::vector<std::string> list;
  list.reserve(all.size());
  for (const auto& [name, value] : all) list.push_back(name + "=" + value);
  return list;
}

}  // namespace stator::gateway
