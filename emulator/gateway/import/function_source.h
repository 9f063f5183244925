// Functions as they are written: in a functions file, in x-stator-handler, in a template's resources (with Metadata:
// Stator over them). See import.h.
#pragma once

#include "emulator/gateway/function.h"
#include "emulator/templates/template.h"

namespace stator::gateway {

// {Kind, Command, Handler, Runtime, CodeUri, Url, Result, Environment, Timeout, MemorySize, Concurrency, AttachPort,
// Arn}; `code_uri`, `CodeUri` and `codeUri` are the same name. Timeout is in seconds. Overlays `config`, which has
// defaults.
void overlay_function(const templates::Node& node, FunctionConfig& config);
// Settles the kind and the command, and refuses what cannot be started. `node` is where to say so.
void complete_function(const templates::Node& node, FunctionConfig& config, bool kind_given);
bool names_kind(const templates::Node& node);

// An AWS::Serverless::Function (properties already merged with Globals) or AWS::Lambda::Function.
FunctionConfig function_of(const templates::Template& source, const templates::Resource& resource,
                           const templates::Node& properties);

std::string function_arn(const templates::TemplateOptions& options, const std::string& name);

}  // namespace stator::gateway
