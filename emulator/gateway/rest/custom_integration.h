// Integrations of REST APIs that are no proxies (AWS, HTTP, MOCK): request template, parameter mappings and overrides
// in, an integration response chosen by its pattern, its mappings and its template out. Lambda functions and DynamoDB's
// actions are what AWS integrations reach.
#pragma once

#include <memory>

#include "emulator/gateway/call.h"
#include "emulator/gateway/integration_uri.h"
#include "emulator/gateway/rest/custom_response.h"

namespace stator::gateway {

void serve_custom(std::shared_ptr<Call> call);

// Parts that WebSocket APIs share.
// What a MOCK's payload says, {"statusCode": 200} and {statusCode: 200} alike; 0: nothing.
int mock_status(std::string_view payload);
// What a function's error is matched by; nothing for an answer that is none.
std::optional<std::string> error_message(std::string_view payload);
// One action of DynamoDB's, in process. `target`: X-Amz-Target where the URI names no action, else empty.
IntegrationResult ask_dynamodb(Call& call, const ServiceUri& uri, std::string target, std::string body);

}  // namespace stator::gateway
