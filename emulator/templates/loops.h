// Fn::ForEach, which the transform AWS::LanguageExtensions brings, written out as CloudFormation writes it out: before
// anything else of the template is looked at. A member `Fn::ForEach::NAME: [Identifier, Collection, {Key: value}]` of a
// map becomes its third item's members once for each value of the collection, with `${Identifier}` and `{Ref:
// Identifier}` replaced by that value and `&{Identifier}`, for logical ids, by its letters and digits. Loops may hold
// loops.
#pragma once

#include <functional>

#include "emulator/templates/node.h"

namespace stator::templates {

// Rewrites `node` in place. `resolve` gives the value of a collection: a parameter's list, say. Throws TemplateError.
void write_out_loops(Node& node, const std::function<Node(const Node&)>& resolve);

}  // namespace stator::templates
