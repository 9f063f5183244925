// Functions as they are written: in a functions file, in x-stator-handler, in a template's resources (with Metadata:
// Stator over them). See import.h.
#pragma once

#include "emulator/gateway/function.h"
#include "emulator/gateway/import/import.h"
#include "emulator/templates/template.h"

namespace stator::gateway {

// {Kind, Command, Handler, Runtime, CodeUri, Url, Result, Environment, Timeout, MemorySize, Concurrency, AttachPort,
// Arn}; `code_uri`, `CodeUri` and `codeUri` are the same name. Timeout is in seconds. Overlays `config`, which has
// defaults.
void overlay_function(const templates::Node& node, FunctionConfig& config);
// Settles the kind and the command, and refuses what cannot be started. `node` is where to say so.
void complete_function(const templates::Node& node, FunctionConfig& config, bool kind_given);
bool names_kind(const templates::Node& node);

// An AWS::Serverless::Function (properties already merged with Globals) or AWS::Lambda::Function, put into `out`: where
// nothing here can start it (inline code, a container image, Java without a Command) into `out.unrunnable`, for a
// template may hold functions that no API calls. Its code is a folder: CodeUri or Code, the asset that the CDK put
// beside its template, or the service's folder of the Serverless Framework. Returns its ARN.
std::string import_function(const templates::Template& source, const templates::Resource& resource,
                            const templates::Node& properties, Imported& out);

std::string function_arn(const templates::TemplateOptions& options, const std::string& name);

}  // namespace stator::gateway
