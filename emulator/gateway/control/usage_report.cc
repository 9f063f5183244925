// GetUsage and UpdateUsage: what the keys of a usage plan have used, a day an entry.
#include <charconv>
#include <chrono>

#include "emulator/gateway/control/operations.h"
#include "emulator/gateway/control/patch.h"
#include "emulator/gateway/control/resource_type.h"

namespace stator::gateway::control {
namespace {

using namespace std::chrono;

constexpr int64_t kMostDays = 90;  // one GET tells of no more

int64_t day_of(const std::string& text) {
  int y = 0;
  unsigned m = 0, d = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&](auto& value) {
    const auto [next, error] = std::from_chars(at, end, value);
    at = next;
    return error == std::errc();
  };
  const auto dash = [&] { return at != end && *at++ == '-'; };
  const bool read = text.size() == 10 && number(y) && dash() && number(m) && dash() && number(d) && at == end;
  const year_month_day date{year(y), month(m), day(d)};
  if (!read || !date.ok())
    throw bad_request("Invalid date specified: " + text + ". Dates must be in yyyy-MM-dd format");
  return sys_days(date).time_since_epoch().count();
}

std::string date_text(int64_t number) {
  const year_month_day date{sys_days(days(number))};
  const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) + "-" +
         two(static_cast<unsigned>(date.day()));
}

std::string plan_path(ControlRequest& request) {
  std::string path = child("/usageplans", request.name("usageplanId"));
  if (!request.documents.has(path)) throw not_found("Invalid Usage Plan ID specified");
  return path;
}

Node days_node(const ControlRequest& request, const std::string& plan, const std::string& key, int64_t first,
               int64_t last) {
  std::vector<UsageDay> days(static_cast<size_t>(last - first + 1));
  if (request.usage != nullptr && request.usage->days) days = request.usage->days(plan, key, first, last);
  Node list = list_node();
  for (const UsageDay& each : days) {
    Node pair = list_node();
    pair.items = {number_node(each.used), number_node(each.remaining)};
    list.items.push_back(std::move(pair));
  }
  return list;
}

void answer(ControlRequest& request, const std::string& plan, int64_t first, int64_t last, Node values,
            const std::string& position) {
  Node& body = request.reply.body;
  body = map_node();
  set_text(body, "usagePlanId", plan);
  set_text(body, "startDate", date_text(first));
  set_text(body, "endDate", date_text(last));
  if (!position.empty()) set_text(body, "position", position);
  body.set("values", std::move(values));
}

void get_usage(ControlRequest& request) {
  const std::string path = plan_path(request), plan = request.name("usageplanId");
  const int64_t first = day_of(request.asked("startDate")), last = day_of(request.asked("endDate"));
  if (last < first) throw bad_request("Invalid date range specified: the end date is before the start date");
  if (last - first >= kMostDays)
    throw bad_request("Invalid date range specified: usage is told for at most " + std::to_string(kMostDays) + " days");
  std::vector<std::pair<std::string, Node>> keys = request.documents.children(path + "/keys");
  if (const std::string wanted = request.asked("keyId"); !wanted.empty()) {
    std::erase_if(keys, [&](const auto& each) { return text_in(each.second, "id") != wanted; });
    if (keys.empty()) throw not_found("Invalid API Key identifier specified");
  }
  answer_page(request, std::move(keys));
  const std::string position = text_in(request.reply.body, "position");
  Node values = map_node();
  for (const Node& key : request.reply.body.find("item")->items) {
    const std::string id = text_in(key, "id");
    values.set(id, days_node(request, plan, id, first, last));
  }
  answer(request, plan, first, last, std::move(values), position);
}

void update_usage(ControlRequest& request) {
  constexpr std::string_view kPatchable = "/remaining";
  const std::string path = plan_path(request), plan = request.name("usageplanId"), key = request.name("keyId");
  if (!request.documents.has(child(path + "/keys", key))) throw not_found("Invalid API Key identifier specified");
  if (request.documents.find(path)->find("quota") == nullptr)
    throw bad_request("Usage Plan " + plan + " has no quota to change");
  for (const Patch& patch : patches_of(request)) {
    if (patch.op != "replace" || !may_patch(patch, kPatchable)) refuse_patch(patch, kPatchable);
    int64_t remaining = 0;
    const char* const end = patch.value.data() + patch.value.size();
    const auto [next, error] = std::from_chars(patch.value.data(), end, remaining);
    if (error != std::errc() || next != end || remaining < 0)
      throw bad_request("Invalid patch value  '" + patch.value + "' specified for path '" + patch.path + "'");
    if (request.usage != nullptr && request.usage->grant) request.usage->grant(plan, key, remaining, request.now_ms);
  }
  const int64_t today = floor<days>(sys_time<milliseconds>(milliseconds(request.now_ms))).time_since_epoch().count();
  Node values = map_node();
  values.set(key, days_node(request, plan, key, today, today));
  answer(request, plan, today, today, std::move(values), {});
}

}  // namespace

bool run_usage(ControlRequest& request) {
  if (request.operation.name == "GetUsage")
    get_usage(request);
  else if (request.operation.name == "UpdateUsage")
    update_usage(request);
  else
    return false;
  return true;
}

}  // namespace stator::gateway::control
