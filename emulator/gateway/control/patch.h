// V1's changes: a list of {"op", "path", "value", "from"} on a document, checked against what the service lets be
// changed. Paths are JSON pointers ("/tags/a~1b"). Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/gateway/control/control_request.h"

namespace stator::gateway::control {

struct Patch {
  std::string op;
  std::string path;
  std::string from;
  std::string value;
  bool has_value = false;
  std::vector<std::string> parts;  // of the path, unescaped
};

// The request's patchOperations; throws when they are none.
std::vector<Patch> patches_of(const ControlRequest& request);

// `patchable`: "/name /tags/* /binaryMediaTypes/*", what may be changed; * stands for one part, ** for all the rest.
bool may_patch(const Patch& patch, std::string_view patchable);
[[noreturn]] void refuse_patch(const Patch& patch, std::string_view patchable);

// One change to a document of that shape; false when the path leads nowhere in it.
bool apply_patch(const Patch& patch, const model::Shape& shape, Node& document);

// All of the request's.
void apply_patches(const ControlRequest& request, const model::Shape& shape, std::string_view patchable,
                   Node& document);

std::vector<std::string> pointer_parts(std::string_view path);

}  // namespace stator::gateway::control
