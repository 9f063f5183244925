// The events that functions get: payload format 1.0 as REST APIs and as HTTP APIs send it, 2.0, and WebSocket's.
// Members, their order and what is null or left out follow the service's own samples ("Working with AWS Lambda proxy
// integrations for HTTP APIs", "Input format of a Lambda function for proxy integration").
//
// A REST API's path and pathParameters are percent-encoded as sent (recorded against the service: "space%20value"
// stays so), an HTTP API's are decoded.
//
// Header names: as sent for REST, lower case for HTTP APIs. Hop-by-hop headers do not reach a function;
// X-Forwarded-For, -Port and -Proto and X-Amzn-Trace-Id are the gateway's.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "emulator/gateway/call.h"

namespace stator::gateway {

std::string rest_event(const Call& call);    // 1.0, REST
std::string http_event_1(const Call& call);  // 1.0, HTTP API
std::string http_event_2(const Call& call);  // 2.0

// What a Lambda authorizer gets ("Input to an API Gateway Lambda authorizer", "Control access to HTTP APIs with AWS
// Lambda authorizers"): the request without its body. Absent maps are {} in format 1.0. `identity`: the values of the
// authorizer's identity sources.
std::string token_authorizer_event(const std::string& method_arn, const std::string& token);
std::string rest_authorizer_event(const Call& call, const std::string& method_arn);
std::string http_authorizer_event_1(const Call& call, const std::string& method_arn,
                                    const std::vector<std::string>& identity);
std::string http_authorizer_event_2(const Call& call, const std::string& route_arn,
                                    const std::vector<std::string>& identity);
std::string socket_authorizer_event(const Call& call, const std::string& method_arn);

// A WebSocket API's CONNECT, MESSAGE or DISCONNECT, as call.socket says.
std::string socket_event(const Call& call);

// The request's headers as an integration sees them (repeated ones repeated, in order).
std::vector<std::pair<std::string, std::string>> integration_headers(const Call& call, bool lower_case,
                                                                     bool keep_length);

}  // namespace stator::gateway
