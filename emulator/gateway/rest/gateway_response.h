// The answers that a REST API's gateway makes by itself, in the service's 21 types ("Gateway response types"). An API
// may change the status, the headers and the body of each, or of all of a class by DEFAULT_4XX and DEFAULT_5XX;
// templates know $context.* and $stageVariables.* only and are not VTL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/gateway/authorizers/access_control.h"
#include "emulator/gateway/call.h"

namespace stator::gateway {

enum class GatewayError : uint8_t {
  kAccessDenied,
  kApiConfigurationError,
  kAuthorizerConfigurationError,
  kAuthorizerFailure,
  kBadRequestBody,
  kBadRequestParameters,
  kExpiredToken,
  kIncompleteSignature,
  kIntegrationFailure,
  kIntegrationTimeout,
  kInvalidApiKey,
  kInvalidSignature,
  kMissingAuthenticationToken,
  kQuotaExceeded,
  kRequestTooLarge,
  kResourceNotFound,
  kThrottled,
  kUnauthorized,
  kUnknownCredentials,
  kUnsupportedMediaType,
  kWafFiltered,
  kBadGateway,  // a function that failed or answered nonsense: 502, customised by DEFAULT_5XX
};

// What a refused caller is told.
GatewayError error_of(Access access);

// `message` replaces the type's own text. Sets the call's error_* for the logs.
WireReply gateway_response(Call& call, GatewayError error, std::string message = {});
// Answers the call with it, unless somebody has answered already.
void refuse(Call& call, GatewayError error, std::string message = {});

// The status of a type ("THROTTLED") unless the API says otherwise; 0 where it depends (DEFAULT_4XX, DEFAULT_5XX).
int default_status(std::string_view type);

// Headers that every answer of a REST API has.
void add_rest_headers(const Call& call, WireReply& reply);

}  // namespace stator::gateway
