// The tables that a file defines, whichever way it says so: a CloudFormation or SAM template, the output of `aws
// dynamodb describe-table`, CreateTable's input, or a list of the latter two. Beside "Table", the output may carry what
// the service tells by other calls: "TimeToLiveDescription" and "Tags" ([{Key, Value}]), as exports here do.
//
// Throws templates::TemplateError ("file:line: ..."), as the reader of templates does: for an intrinsic function that
// cannot be resolved too.
#pragma once

#include <string>
#include <vector>

#include "emulator/templates/tables.h"

namespace stator::seeding {

std::vector<templates::TableRequest> definitions_in(const std::string& path, const templates::TemplateOptions& options);

// Whether a .json file defines tables and holds no items: read as far as 16 MB.
bool defines_tables(const std::string& path);
// .yaml, .yml, .template
bool is_template_name(std::string_view name);

}  // namespace stator::seeding
