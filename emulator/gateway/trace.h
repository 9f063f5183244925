// What happened to one request, for the request log and the debug log: which route was chosen and why the others were
// not, what was sent to the integration, what came back, where the time went. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stator::gateway {

struct RequestTrace {
  std::string request_id;
  std::string api_id;
  std::string api_name;
  std::string stage;
  std::string method;
  std::string path;                      // as sent, within the API
  std::string route;                     // "GET /items/{id}", "$default"; empty: none
  std::vector<std::string> passed_over;  // only with explain
  std::string integration;               // "AWS_PROXY arn:...", "HTTP_PROXY http://..."
  std::string event;                     // what the function was sent; only with payloads
  std::string result;                    // what it answered; only with payloads
  std::string problem;                   // why the answer is an error, in words
  int status = 0;
  uint64_t answer_bytes = 0;
  bool cold_start = false;
  int64_t routed_us = 0;       // from the request's arrival: routing, validation, the event
  int64_t queued_us = 0;       // waiting for a worker
  int64_t started_us = 0;      // starting one
  int64_t integration_us = 0;  // from the call to its answer, as seen here
  int64_t total_us = 0;
};

// Lines for a log, one fact a line.
std::string describe(const RequestTrace& trace);
// The same as a JSON object, long events and results cut.
std::string trace_json(const RequestTrace& trace);

}  // namespace stator::gateway
