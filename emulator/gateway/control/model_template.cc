// GetModelTemplate: a mapping template that writes what a model's schema describes, from a payload that has the same
// form.
#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/resource_type.h"

namespace stator::gateway::control {
namespace {

constexpr int kDeepest = 20;  // schemas may name themselves

class TemplateWriter {
 public:
  explicit TemplateWriter(const Node& root) : root_(root) {}

  std::string text() {
    out_ = "#set($inputRoot = $input.path('$'))\n";
    value(root_, "$inputRoot", 0);
    return std::move(out_);
  }

 private:
  const Node& resolved(const Node& schema) const {
    const std::string reference = text_in(schema, "$ref");
    constexpr std::string_view kLocal = "#/definitions/";
    if (!reference.starts_with(kLocal)) return schema;
    const Node* all = root_.find("definitions");
    const Node* found = all != nullptr ? all->find(reference.substr(kLocal.size())) : nullptr;
    return found != nullptr ? *found : schema;
  }

  void value(const Node& given, const std::string& source, int depth) {
    const Node& schema = resolved(given);
    const std::string type = text_in(schema, "type");
    const std::string indent(static_cast<size_t>(depth) * 2, ' ');
    if (depth > kDeepest || (type != "object" && type != "array" && schema.find("properties") == nullptr)) {
      const bool quoted = type == "string" || type.empty();
      out_ += quoted ? "\"" + source + "\"" : source;
    } else if (type == "array") {
      const Node* items = schema.find("items");
      out_ += "[\n" + indent + "#foreach($elem in " + source + ")\n" + indent + "  ";
      value(items != nullptr ? *items : kAnything_, "$elem", depth + 1);
      out_ += "#if($foreach.hasNext),#end\n" + indent + "#end\n" + indent + "]";
    } else {
      const Node* properties = schema.find("properties");
      if (properties == nullptr || properties->members.empty()) {
        out_ += "{ }";
        return;
      }
      out_ += "{\n";
      for (size_t i = 0; i < properties->members.size(); ++i) {
        const Member& m = properties->members[i];
        out_ += indent + "  \"" + m.name + "\" : ";
        value(m.value, source + "." + m.name, depth + 1);
        out_ += i + 1 < properties->members.size() ? ",\n" : "\n";
      }
      out_ += indent + "}";
    }
  }

  const Node root_;
  const Node kAnything_ = map_node();
  std::string out_;
};

std::optional<Node> model_of(ControlRequest& request) {
  const std::string collection = api_path(request) + "/models";
  return request.documents.find(child(collection, request.name(request.is_rest() ? "model_name" : "modelId")));
}

}  // namespace

bool run_model_templates(ControlRequest& request) {
  if (request.operation.name != "GetModelTemplate") return false;
  require_api(request);
  const std::optional<Node> model = model_of(request);
  if (!model)
    throw not_found(request.is_rest() ? "Invalid model name specified: " + request.name("model_name")
                                      : "Unable to find Model with id " + request.name("modelId"));
  const std::optional<Node> schema = parse_document(text_in(*model, "schema"));
  request.reply.body = map_node();
  set_text(request.reply.body, "value", TemplateWriter(schema ? *schema : map_node()).text());
  return true;
}

}  // namespace stator::gateway::control
