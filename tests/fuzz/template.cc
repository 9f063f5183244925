// Templates and OpenAPI documents from bytes: read, resolved, imported. Whatever they hold, the outcome is a model
// whose stages compile, or a TemplateError with a place.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "claim.h"
#include "emulator/gateway/import/cloudformation.h"
#include "emulator/gateway/import/openapi.h"
#include "emulator/gateway/import/sam.h"
#include "emulator/gateway/stage.h"
#include "emulator/templates/reader.h"

using namespace stator;
using namespace stator::gateway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (text.find("Include") != std::string::npos || text.find("DefinitionUri") != std::string::npos)
    return 0;  // no files
  Imported imported;
  const ImportOptions options;
  try {
    templates::Node root = templates::read_text(text, "f");
    if (is_openapi(root)) {
      Api api;
      api.id = "abc";
      api.protocol = describes_http_api(root) ? "HTTP" : "REST";
      import_openapi(root, api, imported, options);
      Stage stage;
      stage.name = "s";
      stage.deployment_id = api.deploy("d", 1);
      api.stages.push_back(stage);
      imported.apis.push_back(std::move(api));
    } else {
      const templates::Template source(std::move(root), options.templates);
      import_sam(source, options, imported);
      import_cloudformation(source, options, imported);
      templates::tables_of(source);
      source.exports();
    }
  } catch (const templates::TemplateError& error) {
    fuzz::claim(std::string_view(error.what()).find(": ") != std::string_view::npos, "a refusal names a place");
    return 0;
  }
  for (const Api& api : imported.apis) {
    std::vector<std::string> notes;
    const auto shared = std::make_shared<const Api>(api);
    for (const Stage& stage : shared->stages) compile_stage(shared, stage, notes);
  }
  return 0;
}
