#include "emulator/gateway/import/function_source.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "emulator/templates/reader.h"

namespace stator::gateway {
namespace {

using templates::Member;
using templates::Node;

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '_' && c != '-') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::optional<FunctionKind> kind_named(const std::string& text) {
  static const std::pair<const char*, FunctionKind> kKinds[] = {
      {"runtime", FunctionKind::kRuntime},     {"node", FunctionKind::kNode},    {"python", FunctionKind::kPython},
      {"invokeurl", FunctionKind::kInvokeUrl}, {"http", FunctionKind::kHttp},    {"command", FunctionKind::kCommand},
      {"mock", FunctionKind::kMock},           {"attach", FunctionKind::kAttach}};
  const std::string wanted = folded(text);
  for (const auto& [name, kind] : kKinds)
    if (wanted == name) return kind;
  return std::nullopt;
}

void read_environment(const Node& node, std::map<std::string, std::string>& out) {
  if (!node.is_map()) node.fail("Environment: expected a map of names to values");
  for (const Member& m : node.members) out[m.name] = m.value.is_null() ? "" : m.value.string("Environment " + m.name);
}

// The kind that follows from what is given; nothing where none does.
std::optional<FunctionKind> kind_of(const FunctionConfig& config) {
  if (!config.command.empty()) return FunctionKind::kRuntime;
  if (!config.url.empty()) return FunctionKind::kInvokeUrl;
  if (!config.mock_result.empty()) return FunctionKind::kMock;
  if (config.runtime.starts_with("nodejs")) return FunctionKind::kNode;
  if (config.runtime.starts_with("python")) return FunctionKind::kPython;
  if (config.runtime.starts_with("provided") || config.runtime == "go1.x") return FunctionKind::kRuntime;
  return std::nullopt;
}

std::string why_no_kind(const FunctionConfig& config) {
  if (config.runtime.empty()) return "function " + config.name + ": expected a Kind, a Command, a Url or a Runtime";
  return "function " + config.name + ": runtime " + config.runtime +
         " is started by a command of yours: give Command, under Metadata: Stator in a template";
}

// The folder of code whose place in a bucket is all that a template tells, where the tool that wrote the template left
// it: the CDK as asset.HASH beside it, the Serverless Framework, which writes into .serverless, in the folder above.
std::string left_by_tool(const Node& code, const std::string& source_file) {
  const Node* key = code.find("S3Key");
  if (!key || !key->is_scalar()) return {};
  const std::filesystem::path packed = std::filesystem::path(key->text).filename();
  std::error_code error;
  std::string asset = templates::beside(source_file, "asset." + packed.stem().string());
  if (std::filesystem::is_directory(asset, error)) return asset;
  const std::filesystem::path archive = templates::beside(source_file, packed.string());
  const std::filesystem::path folder = archive.parent_path();
  if (folder.filename() != ".serverless" || !std::filesystem::exists(archive, error)) return {};
  return folder.parent_path().string();
}

}  // namespace

std::string function_arn(const templates::TemplateOptions& options, const std::string& name) {
  return "arn:aws:lambda:" + options.region + ":" + options.account + ":function:" + name;
}

bool names_kind(const Node& node) {
  return std::any_of(node.members.begin(), node.members.end(),
                     [](const Member& m) { return folded(m.name) == "kind"; });
}

void overlay_function(const Node& node, FunctionConfig& config) {
  if (!node.is_map()) node.fail("expected a map that describes a function (Kind, Command, Handler, CodeUri, ...)");
  for (const Member& m : node.members) {
    const std::string name = folded(m.name);
    const Node& v = m.value;
    if (name == "kind") {
      const std::optional<FunctionKind> kind = kind_named(v.string("Kind"));
      if (!kind)
        v.fail("Kind: expected runtime, node, python, invoke-url, http, command, mock or attach; found \"" + v.text +
               "\"");
      config.kind = *kind;
    } else if (name == "command") {
      if (!v.is_list() || v.items.empty())
        v.fail("Command: expected a list: the program and its arguments, never a shell line");
      config.command.clear();
      for (const Node& word : v.items) config.command.push_back(word.string("Command"));
    } else if (name == "handler") {
      config.handler = v.string("Handler");
    } else if (name == "runtime") {
      config.runtime = v.string("Runtime");
    } else if (name == "codeuri" || name == "path") {
      config.code_uri = templates::beside(v.file ? *v.file : "", v.string("CodeUri"));
    } else if (name == "url") {
      config.url = v.string("Url");
    } else if (name == "result") {
      config.mock_result.clear();
      templates::append_json(v, config.mock_result);
    } else if (name == "environment") {
      const Node* variables = v.find("Variables");
      read_environment(variables && variables->is_map() ? *variables : v, config.environment);
    } else if (name == "timeout") {
      const int64_t seconds = v.integer("Timeout");
      if (seconds < 1 || seconds > 900) v.fail("Timeout: expected 1 to 900 seconds");
      config.timeout = std::chrono::seconds(seconds);
    } else if (name == "memorysize") {
      config.memory_mb = static_cast<int>(std::clamp<int64_t>(v.integer("MemorySize"), 128, 32768));
    } else if (name == "concurrency") {
      config.concurrency = static_cast<int>(std::clamp<int64_t>(v.integer("Concurrency"), 0, 1000));
    } else if (name == "attachport") {
      const int64_t port = v.integer("AttachPort");
      if (port < 0 || port > 65535) v.fail("AttachPort: expected a port");
      config.attach_port = static_cast<uint16_t>(port);
    } else if (name == "arn") {
      config.arn = v.string("Arn");
    } else if (name != "name") {
      v.fail("\"" + m.name +
             "\" is no member of a function: expected Kind, Command, Handler, Runtime, CodeUri, Url, Result, "
             "Environment, Timeout, MemorySize, Concurrency, AttachPort or Arn");
    }
  }
}

void complete_function(const Node& node, FunctionConfig& config, bool kind_given) {
  if (!kind_given) {
    const std::optional<FunctionKind> kind = kind_of(config);
    if (!kind) node.fail(why_no_kind(config));
    config.kind = *kind;
  }
  switch (config.kind) {
    case FunctionKind::kNode:
    case FunctionKind::kPython:
      if (config.handler.find('.') == std::string::npos)
        node.fail("function " + config.name + ": Handler: expected module.function, found \"" + config.handler + "\"");
      if (config.code_uri.empty()) config.code_uri = templates::beside(config.source_file, ".");
      break;
    case FunctionKind::kRuntime:
      if (config.command.empty()) {
        if (config.code_uri.empty())
          node.fail("function " + config.name + ": expected Command, or CodeUri with a bootstrap in it");
        config.command = {config.code_uri + "/bootstrap"};
      }
      break;
    case FunctionKind::kCommand:
      if (config.command.empty()) node.fail("function " + config.name + ": expected Command");
      break;
    case FunctionKind::kInvokeUrl:
    case FunctionKind::kHttp:
      if (!config.url.starts_with("http://") && !config.url.starts_with("https://"))
        node.fail("function " + config.name + ": Url: expected http://... or https://..., found \"" + config.url +
                  "\"");
      break;
    case FunctionKind::kMock:
      if (config.mock_result.empty()) node.fail("function " + config.name + ": expected Result");
      break;
    case FunctionKind::kAttach:
      break;
  }
  // A program named by a path is found beside the file that names it, not beside the server.
  if (!config.command.empty() && config.command.front().starts_with("."))
    config.command.front() = templates::beside(config.source_file, config.command.front());
}

std::string import_function(const templates::Template& source, const templates::Resource& resource,
                            const Node& properties, Imported& out) {
  FunctionConfig config;
  config.logical_id = resource.logical_id;
  config.name = source.ref_of(resource);
  config.arn = source.arn_of_function(config.name);
  config.source_file = resource.node->file ? *resource.node->file : "";
  config.source_line = resource.node->line;
  for (const char* name : {"Runtime", "Handler", "Timeout", "MemorySize", "Environment"}) {
    const Node* value = properties.find(name);
    if (!value) continue;
    if (std::string_view(name) == "Environment" && !value->find("Variables")) continue;
    Node one = value->make(Node::Kind::kMap);
    one.members.push_back({name, *value, value->line});
    overlay_function(one, config);
  }
  if (const Node* most = properties.find("ReservedConcurrentExecutions"))
    config.concurrency = static_cast<int>(std::clamp<int64_t>(most->integer("ReservedConcurrentExecutions"), 0, 1000));
  const Node* metadata_node = resource.node->find("Metadata");
  const Node metadata = metadata_node ? source.resolve(*metadata_node) : resource.node->make(Node::Kind::kMap);
  const bool serverless = resource.type == "AWS::Serverless::Function";
  const Node* code = properties.find(serverless ? "CodeUri" : "Code");
  const Node* asset = metadata.find("aws:asset:path");  // where the CDK put the code
  if (asset)
    config.code_uri = templates::beside(config.source_file, asset->string("aws:asset:path"));
  else if (code && code->is_scalar() && code->text.find("://") == std::string::npos)
    config.code_uri = templates::beside(config.source_file, code->text);
  else if (code)
    config.code_uri = left_by_tool(*code, config.source_file);
  const Node* ours = metadata.find("Stator");
  if (ours) overlay_function(*ours, config);
  const std::string& arn = config.arn;
  const auto unrunnable = [&](const Node& at, const std::string& why) {
    out.unrunnable[config.name] = at.place() + ": " + why;
    return arn;
  };
  const bool kind_given = ours && names_kind(*ours);
  if (config.code_uri.empty() && !kind_given && config.command.empty() && config.url.empty()) {
    const std::string name = "function " + config.name;
    const Node& at = code ? *code : *resource.node;
    if (properties.find("InlineCode") || (code && code->find("ZipFile")))
      return unrunnable(at, name + ": inline code cannot be run: put it in a file and name its folder in " +
                                (serverless ? "CodeUri" : "Code"));
    if (code) return unrunnable(at, name + ": its code is not a local folder: give CodeUri under Metadata: Stator");
  }
  if (!kind_given && !kind_of(config)) return unrunnable(*resource.node, why_no_kind(config));
  if (config.code_uri.empty()) config.code_uri = templates::beside(config.source_file, ".");
  complete_function(*resource.node, config, kind_given);
  out.functions.push_back(config);
  return arn;
}

std::vector<FunctionConfig> import_functions(const std::string& path, const ImportOptions& options) {
  const Node root = templates::read_file(path);
  const Node* named = root.find("functions") ? root.find("functions") : root.find("Functions");
  const Node& functions = named ? *named : root;
  if (!functions.is_map()) functions.fail("expected a map of function names");
  std::vector<FunctionConfig> found;
  for (const Member& m : functions.members) {
    FunctionConfig config;
    config.name = m.name;
    if (m.name.starts_with("arn:")) {  // the ARN as an OpenAPI document spells it
      config.arn = m.name;
      const size_t at = m.name.find(":function:");
      if (at == std::string::npos) m.value.fail("\"" + m.name + "\": expected a function's name or ARN");
      config.name = m.name.substr(at + 10);
      config.name = config.name.substr(0, config.name.find(':'));
    }
    config.source_file = path;
    config.source_line = m.line;
    overlay_function(m.value, config);
    complete_function(m.value, config, names_kind(m.value));
    if (config.arn.empty()) config.arn = function_arn(options.templates, config.name);
    found.push_back(std::move(config));
  }
  return found;
}

}  // namespace stator::gateway
