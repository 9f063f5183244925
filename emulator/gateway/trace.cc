#include "emulator/gateway/trace.h"

#include "emulator/gateway/media_type.h"
#include "protocol/json/json_writer.h"

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

std::string trace_json(const RequestTrace& t) {
  constexpr size_t kShown = 4096;
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  auto text = [&w](const char* name, const std::string& value) {
    if (value.empty()) return;
    const bool cut = value.size() > kShown;
    w.key(name).string(valid_utf8(std::string_view(value).substr(0, kShown)) +
                       (cut ? "... (" + std::to_string(value.size()) + " bytes)" : ""));
  };
  text("request_id", t.request_id);
  text("api_id", t.api_id);
  text("api_name", t.api_name);
  text("stage", t.stage);
  text("method", t.method);
  text("path", t.path);
  text("route", t.route);
  if (!t.passed_over.empty()) {
    w.key("passed_over").begin_array();
    for (const std::string& other : t.passed_over) w.string(valid_utf8(other));
    w.end_array();
  }
  text("integration", t.integration);
  text("event", t.event);
  text("result", t.result);
  text("problem", t.problem);
  w.key("answer_bytes").integer(static_cast<int64_t>(t.answer_bytes)).key("cold_start").boolean(t.cold_start);
  w.key("microseconds").begin_object().key("routed").integer(t.routed_us).key("queued").integer(t.queued_us);
  w.key("started").integer(t.started_us).key("integration").integer(t.integration_us);
  w.key("total").integer(t.total_us).end_object().end_object();
  return out;
}

}  // namespace stator::gateway
