// A client, functions and a web server without sockets: what the data plane is asked and answers can be compared byte
// for byte.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/gateway/gateway.h"
#include "tests_folder.h"

namespace stator::gateway {

class FakeExchange : public Exchange {
 public:
  FakeExchange(std::string method, std::string target, std::vector<std::pair<std::string, std::string>> headers = {},
               std::string body = {})
      : method_(std::move(method)), target_(std::move(target)), headers_(std::move(headers)), body_(std::move(body)) {
    request_.method = method_;
    request_.target = target_;
    for (const auto& [name, value] : headers_) request_.headers.push_back({name, value});
    request_.body = {body_.data(), body_.size()};
    request_.remote_address = "127.0.0.1";
  }

  WireRequest& request() override { return request_; }
  void reply(WireReply reply) override {
    answer = std::move(reply);
    ++answers;
  }
  void begin(WireReply head) override {
    answer = std::move(head);
    ++answers;
  }
  bool write(std::string bytes) override {
    pieces.push_back(std::move(bytes));
    return true;
  }
  void end() override { ended = true; }
  void abort() override { aborted = true; }
  void on_gone(std::function<void()> callback) override { gone = std::move(callback); }
  std::shared_ptr<RawConnection> take_over() override { return nullptr; }

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : answer.headers)
      if (equal_ignoring_case(key, name)) return value;
    return "(absent)";
  }

  WireReply answer;
  std::atomic<int> answers = 0;  // after `answer`: a timeout answers from its own thread
  std::vector<std::string> pieces;
  bool ended = false;
  bool aborted = false;
  std::function<void()> gone;

 private:
  std::string method_, target_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string body_;
  WireRequest request_;
};

class FakeFunctions : public FunctionRegistry {
 public:
  using Behaviour = std::function<void(Invocation)>;

  std::shared_ptr<Function> find(std::string_view name_or_arn) const override {
    std::string name(name_or_arn);
    if (const size_t at = name.find("function:"); at != std::string::npos) name = name.substr(at + 9);
    name = name.substr(0, name.find(':'));
    for (const auto& [source, functions] : configs)
      for (const FunctionConfig& config : functions)
        if (config.name == name)
          return std::make_shared<One>(config, behaviours.contains(name) ? behaviours.at(name) : echo());
    return nullptr;
  }
  std::vector<std::string> replace(std::string_view source, std::vector<FunctionConfig> functions) override {
    configs[std::string(source)] = std::move(functions);
    return {};
  }

  // Answers {"statusCode":200,"body": the event}.
  static Behaviour echo() {
    return [](Invocation invocation) {
      InvocationResult result;
      result.payload = R"({"statusCode":200,"body":)";
      append_json_string_to(invocation.payload, result.payload);
      result.payload += "}";
      invocation.done(std::move(result));
    };
  }
  static Behaviour says(std::string payload, FunctionFault fault = FunctionFault::kNone) {
    return [payload, fault](Invocation invocation) {
      InvocationResult result;
      result.payload = payload;
      result.fault = fault;
      invocation.done(std::move(result));
    };
  }

  std::map<std::string, std::vector<FunctionConfig>> configs;
  std::map<std::string, Behaviour> behaviours;

 private:
  static void append_json_string_to(const std::string& text, std::string& out) {
    out += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  struct One : Function {
    One(FunctionConfig c, Behaviour b) : config_(std::move(c)), behaviour(std::move(b)) {}
    const FunctionConfig& config() const override { return config_; }
    void invoke(Invocation invocation) override { behaviour(std::move(invocation)); }
    FunctionConfig config_;
    Behaviour behaviour;
  };
};

class FakeUpstream : public UpstreamClient {
 public:
  void send(UpstreamRequest request, std::function<void(UpstreamResult)> done) override {
    last = request;
    done(result);
  }
  UpstreamRequest last;
  UpstreamResult result;
};

// The parts of a text that are new for each request, replaced by their kind. In a pattern '#' is a hexadecimal digit,
// '?' the variant's, '~' a character of URL-safe base64. By hand, because <regex> costs each file that includes it six
// seconds.
inline bool fits(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = text[i], p = pattern[i];
    const bool digit = c >= '0' && c <= '9', lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
    const bool fit = p == '#'   ? digit || (c >= 'a' && c <= 'f')
                     : p == '?' ? c == '8' || c == '9' || c == 'a' || c == 'b'
                     : p == '~' ? digit || lower || upper || c == '_' || c == '-'
                                : c == p;
    if (!fit) return false;
  }
  return true;
}

inline std::string settled(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
      {"########-####-4###-?###-############", "UUID"},
      {"Root=1-########-########################", "TRACE"},
      {"~~~~~~~~~~~~~~~=", "EXTENDED"},
  };
  std::string out;
  while (!text.empty()) {
    const auto* kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& k) { return fits(text, k.first); });
    if (kind == std::end(kKinds)) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      out += kind->second;
      text.remove_prefix(kind->first.size());
    }
  }
  return out;
}

inline constexpr int64_t kNow = 1587481701067;  // 21/Apr/2020:15:08:21 +0000

// A gateway over one file.
struct Served {
  explicit Served(const std::string& text, const std::string& name = "template.yaml",
                  std::function<void(GatewayOptions&)> more = {}) {
    GatewayOptions options;
    options.api_files = {folder.write(name, text)};
    options.account = "123456789012";
    options.watch = false;
    options.now_ms = [] { return kNow; };
    options.access_log = [this](const std::string& line) { access_log.push_back(line); };
    options.log = [this](GatewayLogLevel, const std::string& line) { log.push_back(line); };
    options.request_log = [this](const RequestTrace& trace) { traces.push_back(trace); };
    if (more) more(options);
    gateway = std::make_unique<Gateway>(std::move(options), functions, upstream);
    gateway->load();
  }

  std::shared_ptr<FakeExchange> call(std::string method, std::string target,
                                     std::vector<std::pair<std::string, std::string>> headers = {},
                                     std::string body = {}) {
    auto exchange =
        std::make_shared<FakeExchange>(std::move(method), std::move(target), std::move(headers), std::move(body));
    taken = gateway->handle(exchange);
    return exchange;
  }
  // "STATUS body".
  std::string text(std::string method, std::string target,
                   std::vector<std::pair<std::string, std::string>> headers = {}, std::string body = {}) {
    const auto exchange = call(std::move(method), std::move(target), std::move(headers), std::move(body));
    return taken ? std::to_string(exchange->answer.status) + " " + exchange->answer.body : "not ours";
  }

  Folder folder;
  FakeFunctions functions;
  FakeUpstream upstream;
  std::vector<std::string> access_log, log;
  std::vector<RequestTrace> traces;
  bool taken = false;
  std::unique_ptr<Gateway> gateway;
};

}  // namespace stator::gateway
