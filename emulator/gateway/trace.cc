#include "emulator/gateway/trace.h"

namespace stator::gateway {
namespace {

std::string milliseconds(int64_t us) {
  return std::to_string(us / 1000) + "." + std::to_string(us % 1000 / 100) + std::to_string(us % 100 / 10) + " ms";
}

}  // namespace

std::string describe(const RequestTrace& t) {
  std::string out = t.method + " " + t.path + " -> " + std::to_string(t.status) + " in " + milliseconds(t.total_us) +
                    " (" + t.api_name + ", stage " + t.stage + ", request " + t.request_id + ")";
  out += "\n  route: " + (t.route.empty() ? std::string("none") : t.route);
  for (const std::string& other : t.passed_over) out += "\n  passed over: " + other;
  if (!t.integration.empty()) {
    out += "\n  integration: " + t.integration + ", " + milliseconds(t.integration_us) + " (before it " +
           milliseconds(t.routed_us) + ", queue " + milliseconds(t.queued_us) +
           (t.cold_start ? ", cold start " + milliseconds(t.started_us) : "") + ")";
  }
  if (!t.event.empty()) out += "\n  event: " + t.event;
  if (!t.result.empty()) out += "\n  result: " + t.result;
  if (!t.problem.empty()) out += "\n  problem: " + t.problem;
  return out;
}

}  // namespace stator::gateway
