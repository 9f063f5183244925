#include "emulator/gateway/call.h"

#include <array>
#include <random>

#include "emulator/gateway/rest/content_coding.h"

namespace stator::gateway {
namespace {

std::mt19937_64& random_source() {
  thread_local std::mt19937_64 source{(static_cast<uint64_t>(std::random_device{}()) << 32) ^ std::random_device{}()};
  return source;
}

std::string hex(uint64_t value, int digits) {
  std::string out(static_cast<size_t>(digits), '0');
  for (size_t i = out.size(); i-- > 0; value >>= 4) out[i] = "0123456789abcdef"[value & 15];
  return out;
}

struct CivilTime {
  int year, month, day, hour, minute, second, ms;
};

CivilTime civil(int64_t ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(ms)};
  const sys_days date = floor<days>(at);
  const year_month_day ymd(date);
  const hh_mm_ss clock(at - date);
  return {static_cast<int>(ymd.year()),
          static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count())};
}

std::string two(int value) {
  return {static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
}

}  // namespace

std::string new_uuid() {
  const uint64_t a = random_source()(), b = random_source()();
  const std::string high = hex((a & ~0xF000ull) | 0x4000ull, 16),
                    low = hex((b & 0x3FFFFFFFFFFFFFFFull) | 0x8000000000000000ull, 16);
  return high.substr(0, 8) + "-" + high.substr(8, 4) + "-" + high.substr(12, 4) + "-" + low.substr(0, 4) + "-" +
         low.substr(4);
}

std::string new_extended_id() {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  uint64_t a = random_source()(), b = random_source()();
  for (int i = 0; i < 15; ++i) {
    uint64_t& from = i < 8 ? a : b;
    out += kDigits[from & 63];
    from >>= 6;
  }
  return out + "=";
}

double random_percent() {
  return std::uniform_real_distribution<double>(0, 100)(random_source());
}

std::string new_trace_root(int64_t now_ms) {
  return "Root=1-" + hex(static_cast<uint64_t>(now_ms / 1000), 8) + "-" + hex(random_source()(), 16) +
         hex(random_source()(), 8);
}

std::string clf_time(int64_t ms) {
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const CivilTime t = civil(ms);
  return two(t.day) + "/" + kMonths[static_cast<size_t>(t.month - 1)] + "/" + std::to_string(t.year) + ":" +
         two(t.hour) + ":" + two(t.minute) + ":" + two(t.second) + " +0000";
}

std::string iso_time(int64_t ms) {
  const CivilTime t = civil(ms);
  return std::to_string(t.year) + "-" + two(t.month) + "-" + two(t.day) + "T" + two(t.hour) + ":" + two(t.minute) +
         ":" + two(t.second) + "." + static_cast<char>('0' + t.ms / 100) + two(t.ms % 100) + "Z";
}

Call::Call(const CallServices& world, std::shared_ptr<Exchange> client)
    : services(world),
      exchange(std::move(client)),
      request(exchange->request()),
      begun(std::chrono::steady_clock::now()) {
  method = request.method;
  source_ip = request.remote_address;
  time_ms = world.now_ms();
  if (const auto agent = request.header("User-Agent")) user_agent = *agent;
  request_id = new_uuid();
  invocation_id = new_uuid();
  extended_request_id = new_extended_id();
  const auto traced = request.header("X-Amzn-Trace-Id");
  trace_id = traced && traced->find("Root=") != std::string_view::npos ? std::string(*traced) : new_trace_root(time_ms);
}

void Call::integration_answered() {
  integration_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - integration_begun)
          .count();
}

void Call::answer(WireReply reply) {
  if (before_answer) before_answer(*this, reply);
  if (stage && stage->api->protocol == "REST") encode_reply(*this, reply);
  // First, so that who has the answer finds it in the log.
  log_answer(reply.status, reply.body.size());
  exchange->reply(std::move(reply));
}

void Call::log_answer(int status, size_t bytes) {
  if (stage && services.on_access_log && !stage->stage->access_log_format.empty())
    services.on_access_log(fill_access_log(*this, stage->stage->access_log_format, status, bytes));
  if (!services.on_trace) return;
  trace.request_id = request_id;
  trace.method = socket ? socket->event_type : method;
  trace.path = path;
  trace.status = status;
  trace.answer_bytes = bytes;
  trace.integration_us = integration_us;
  if (trace.problem.empty()) trace.problem = integration_error;
  if (integration_begun != std::chrono::steady_clock::time_point{})
    trace.routed_us = std::chrono::duration_cast<std::chrono::microseconds>(integration_begun - begun).count();
  trace.total_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun).count();
  services.on_trace(trace);
}

}  // namespace stator::gateway
