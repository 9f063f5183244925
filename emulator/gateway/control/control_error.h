// What a control plane refuses a request with: the service's name for it, its status and its words. Thrown by the
// operations, caught in one place (ControlPlane).
#pragma once

#include <string>
#include <utility>

namespace stator::gateway::control {

struct ControlError {
  int status;
  std::string type;
  std::string message;
};

inline ControlError bad_request(std::string message) {
  return {400, "BadRequestException", std::move(message)};
}
inline ControlError not_found(std::string message) {
  return {404, "NotFoundException", std::move(message)};
}
inline ControlError conflict(std::string message) {
  return {409, "ConflictException", std::move(message)};
}
// The service has the operation (or the way of calling it), this server does not.
inline ControlError not_offered(const std::string& what) {
  return {501, "NotImplementedException", "stator does not offer " + what};
}

}  // namespace stator::gateway::control
