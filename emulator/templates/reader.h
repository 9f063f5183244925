// Reads YAML or JSON text into Nodes. YAML's short intrinsic tags come out in their long form (!Ref x -> {"Ref": "x"},
// !Sub x -> {"Fn::Sub": "x"}), so that whoever resolves them knows one form only.
//
// Text whose first character is '{' or '[' is JSON if it parses as JSON (strict JSON knows escapes that YAML readers
// get wrong), else YAML. Refused with a TemplateError: what neither reads, a map with a name twice, nesting past 200,
// aliases that blow up past half a million nodes, files past 16 MB.
#pragma once

#include <string>
#include <string_view>

#include "emulator/templates/node.h"

namespace stator::templates {

Node read_text(std::string_view text, const std::string& file);
Node read_file(const std::string& path);  // `path` is also the name in messages

// Another file named by one: absolute, or relative to the folder of `from`.
std::string beside(const std::string& from, const std::string& path);

}  // namespace stator::templates
