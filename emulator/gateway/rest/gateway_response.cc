#include "emulator/gateway/rest/gateway_response.h"

#include <algorithm>
#include <charconv>

#include "emulator/gateway/rest/mapping.h"
#include "protocol/json/json_writer.h"

namespace stator::gateway {
namespace {

struct ErrorEntry {
  GatewayError error;
  const char* type;
  int status;
  const char* message;
  const char* exception;  // x-amzn-ErrorType
  // The service's front end writes {"message":"x"}, what is behind it {"message": "x"}. Clients compare bytes.
  bool spaced;
};

constexpr ErrorEntry kErrors[] = {
    {GatewayError::kAccessDenied, "ACCESS_DENIED", 403, "User is not authorized to access this resource",
     "AccessDeniedException", false},
    {GatewayError::kApiConfigurationError, "API_CONFIGURATION_ERROR", 500, "Internal server error",
     "InternalServerErrorException", true},
    {GatewayError::kAuthorizerConfigurationError, "AUTHORIZER_CONFIGURATION_ERROR", 500, nullptr,
     "AuthorizerConfigurationException", false},
    {GatewayError::kAuthorizerFailure, "AUTHORIZER_FAILURE", 500, nullptr, "AuthorizerFailureException", false},
    {GatewayError::kBadRequestBody, "BAD_REQUEST_BODY", 400, "Invalid request body", "BadRequestException", true},
    {GatewayError::kBadRequestParameters, "BAD_REQUEST_PARAMETERS", 400, "Invalid request parameters",
     "BadRequestException", true},
    {GatewayError::kExpiredToken, "EXPIRED_TOKEN", 403, "The security token included in the request is expired",
     "ExpiredTokenException", false},
    {GatewayError::kIncompleteSignature, "INVALID_SIGNATURE", 403, "The request signature is incomplete.",
     "IncompleteSignatureException", false},
    {GatewayError::kIntegrationFailure, "INTEGRATION_FAILURE", 504, "Network error communicating with endpoint",
     "InternalServerErrorException", true},
    {GatewayError::kIntegrationTimeout, "INTEGRATION_TIMEOUT", 504, "Endpoint request timed out",
     "InternalServerErrorException", true},
    {GatewayError::kInvalidApiKey, "INVALID_API_KEY", 403, "Forbidden", "ForbiddenException", false},
    {GatewayError::kInvalidSignature, "INVALID_SIGNATURE", 403,
     "The request signature we calculated does not match the signature you provided.", "InvalidSignatureException",
     false},
    {GatewayError::kMissingAuthenticationToken, "MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token",
     "MissingAuthenticationTokenException", false},
    {GatewayError::kQuotaExceeded, "QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException", false},
    {GatewayError::kRequestTooLarge, "REQUEST_TOO_LARGE", 413, "HTTP content length exceeded 10485760 bytes.",
     "RequestTooLargeException", false},
    {GatewayError::kResourceNotFound, "RESOURCE_NOT_FOUND", 404, "Not Found", "NotFoundException", false},
    {GatewayError::kThrottled, "THROTTLED", 429, "Too Many Requests", "TooManyRequestsException", false},
    {GatewayError::kUnauthorized, "UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException", false},
    {GatewayError::kUnknownCredentials, "INVALID_SIGNATURE", 403,
     "The security token included in the request is invalid.", "UnrecognizedClientException", false},
    {GatewayError::kUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type",
     "BadRequestException", true},
    {GatewayError::kWafFiltered, "WAF_FILTERED", 403, "Forbidden", "ForbiddenException", false},
    {GatewayError::kBadGateway, "DEFAULT_5XX", 502, "Internal server error", "InternalServerErrorException", true},
};

const GatewayResponse* find_response(const ApiDefinition& definition, std::string_view type) {
  for (const GatewayResponse& each : definition.gateway_responses)
    if (each.response_type == type) return &each;
  return nullptr;
}

int parsed_status(const std::string& text, int fallback) {
  int status = fallback;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  return error == std::errc() && end == text.data() + text.size() && status >= 100 && status <= 599 ? status : fallback;
}

std::string fill(const Call& call, std::string_view format, int status) {
  std::string out;
  for (;;) {
    const size_t dollar = format.find('$');
    if (dollar == std::string_view::npos) return out += format;
    out += format.substr(0, dollar);
    format.remove_prefix(dollar + 1);
    const size_t end = std::min(
        format.size(), format.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"));
    std::string_view name = format.substr(0, end);
    if (!name.starts_with("method.request.")) name = name.substr(0, name.find('-'));  // only headers have dashes
    while (name.ends_with('.')) name.remove_suffix(1);
    if (name.starts_with("context.")) {
      out += context_value(call, name.substr(8), status, 0).value_or("");
    } else if (name.starts_with("stageVariables.")) {
      const auto found = call.stage->stage->variables.find(std::string(name.substr(15)));
      if (found != call.stage->stage->variables.end()) out += found->second;
    } else if (name.starts_with("method.request.")) {
      out += mapped_value(call, name).value_or("");
    } else {
      out += '$';
      continue;
    }
    format.remove_prefix(name.size());
  }
}

}  // namespace

GatewayError error_of(Access access) {
  switch (access) {
    case Access::kDenied:
      return GatewayError::kAccessDenied;
    case Access::kAuthorizerFailure:
      return GatewayError::kAuthorizerFailure;
    case Access::kAuthorizerConfigurationError:
      return GatewayError::kAuthorizerConfigurationError;
    case Access::kMissingToken:
      return GatewayError::kMissingAuthenticationToken;
    case Access::kIncompleteSignature:
      return GatewayError::kIncompleteSignature;
    case Access::kInvalidSignature:
      return GatewayError::kInvalidSignature;
    case Access::kUnknownCredentials:
      return GatewayError::kUnknownCredentials;
    case Access::kInvalidApiKey:
      return GatewayError::kInvalidApiKey;
    case Access::kThrottled:
      return GatewayError::kThrottled;
    case Access::kQuotaExceeded:
      return GatewayError::kQuotaExceeded;
    case Access::kAdmitted:
    case Access::kUnauthorized:
      break;
  }
  return GatewayError::kUnauthorized;
}

int default_status(std::string_view type) {
  for (const ErrorEntry& entry : kErrors)
    if (entry.type == type && !type.starts_with("DEFAULT_")) return entry.status;
  return 0;
}

void add_rest_headers(const Call& call, WireReply& reply) {
  reply.headers.emplace_back("x-amzn-RequestId", call.request_id);
  reply.headers.emplace_back("x-amz-apigw-id", call.extended_request_id);
}

WireReply gateway_response(Call& call, GatewayError error, std::string message) {
  const ErrorEntry& entry =
      *std::find_if(std::begin(kErrors), std::end(kErrors), [&](const ErrorEntry& e) { return e.error == error; });
  call.error_type = entry.type;
  call.error_message = !message.empty() ? std::move(message) : entry.message ? entry.message : "";
  WireReply reply;
  reply.status = entry.status;
  const GatewayResponse* own = call.stage ? find_response(*call.stage->definition, entry.type) : nullptr;
  const GatewayResponse* all =
      call.stage ? find_response(*call.stage->definition, entry.status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX") : nullptr;
  if (!own) own = all;
  if (own && !own->status_code.empty())
    reply.status = parsed_status(own->status_code, reply.status);
  else if (all && !all->status_code.empty())
    reply.status = parsed_status(all->status_code, reply.status);
  add_rest_headers(call, reply);
  reply.headers.emplace_back("x-amzn-ErrorType", entry.exception);
  std::string type = "application/json";
  const std::string* format = nullptr;
  if (own && !own->response_templates.empty()) {
    const auto json = own->response_templates.find("application/json");
    const auto chosen = json != own->response_templates.end() ? json : own->response_templates.begin();
    type = chosen->first;
    format = &chosen->second;
  }
  if (format) {
    reply.body = fill(call, *format, reply.status);
  } else {
    // What policies refuse is written by another part of the service than the rest.
    reply.body = error == GatewayError::kAccessDenied ? "{\"Message\":"
                 : entry.spaced                       ? "{\"message\": "
                                                      : "{\"message\":";
    if (call.error_message.empty())
      reply.body += "null";
    else
      append_json_string(call.error_message, reply.body);
    reply.body += '}';
  }
  reply.headers.emplace_back("Content-Type", type);
  if (own) {
    for (const auto& [name, value] : own->response_parameters) {
      constexpr std::string_view kHeader = "gatewayresponse.header.";
      if (!std::string_view(name).starts_with(kHeader)) continue;
      const std::string header = name.substr(kHeader.size());
      std::erase_if(reply.headers, [&](const auto& h) { return equal_ignoring_case(h.first, header); });
      if (std::optional<std::string> mapped = mapped_value(call, value))
        reply.headers.emplace_back(header, std::move(*mapped));
    }
  }
  return reply;
}

void refuse(Call& call, GatewayError error, std::string message) {
  if (call.claim()) call.answer(gateway_response(call, error, std::move(message)));
}

}  // namespace stator::gateway
