#include "emulator/gateway/import/import.h"

#include <filesystem>

#include "emulator/gateway/import/cloudformation.h"
#include "emulator/gateway/import/openapi.h"
#include "emulator/gateway/import/sam.h"
#include "emulator/templates/reader.h"

namespace stator::gateway {

Imported import_file(const std::string& path, const ImportOptions& options) {
  Imported out;
  out.files.push_back(path);
  templates::Node root = templates::read_file(path);
  if (is_openapi(root)) {
    Api api;
    api.protocol = describes_http_api(root) ? "HTTP" : "REST";
    api.id = templates::api_id_for(std::filesystem::path(path).filename().string());
    api.created_ms = options.now_ms;
    import_openapi(root, api, out, options);
    Stage stage;
    stage.name = api.protocol == "HTTP" ? "$default" : "dev";
    stage.auto_deploy = api.protocol == "HTTP";
    stage.created_ms = stage.updated_ms = options.now_ms;
    stage.deployment_id = api.deploy(templates::api_id_for(api.id + "deployment").substr(0, 6), options.now_ms);
    api.stages.push_back(std::move(stage));
    out.apis.push_back(std::move(api));
    return out;
  }
  if (!root.find("Resources"))
    root.fail("expected a CloudFormation or SAM template (Resources:) or an OpenAPI document (openapi: or swagger:)");
  const templates::Template source(std::move(root), options.templates);
  import_sam(source, options, out);
  import_cloudformation(source, options, out);
  out.tables = templates::tables_of(source);
  for (const templates::Resource& resource : source.resources())
    if (resource.type == "AWS::CloudFormation::Stack" || resource.type == "AWS::Serverless::Application")
      out.notes.push_back(resource.node->place() + ": nested stack " + resource.logical_id +
                          " is not read: give its template beside this one");
  return out;
}

std::map<std::string, std::string> exports_of(const std::vector<std::string>& paths,
                                              templates::TemplateOptions options) {
  // What one exports may be what another exports to it: as many rounds as there can be links in such a chain.
  for (size_t round = 0; round < paths.size(); ++round) {
    const size_t before = options.imports.size();
    for (const std::string& path : paths) {
      try {
        const templates::Template source(templates::read_file(path), options);
        options.imports.merge(source.exports());
      } catch (const templates::TemplateError&) {
        continue;
      }
    }
    if (options.imports.size() == before) break;
  }
  return options.imports;
}

}  // namespace stator::gateway
