// What the gateway's data plane knows of a function, and nothing more: a name to call, a payload in, a result out. How
// it runs (a process speaking the Lambda Runtime API, a URL, a command) is the business of emulator/gateway/handlers.
//
// Threads: every function here may be called from any thread. invoke() returns at once and `done` is called exactly
// once, from any thread, also from within invoke(). Callbacks must not block. Errors are results, never exceptions. A
// client that leaves does not stop a function that runs (the service does not stop it either): `client_gone` only lets
// an invocation that still waits for a worker be dropped.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace stator::gateway {

enum class FunctionKind : uint8_t {
  kRuntime,    // `command` speaks the Lambda Runtime API
  kNode,       // `handler` in `code_uri`, run by our own Node bootstrap
  kPython,     // the same with our own Python bootstrap
  kInvokeUrl,  // `url` answers Lambda's Invoke
  kHttp,       // `url` is a plain web server: the event becomes a request, the answer a proxy result
  kCommand,    // `command` is run for each event: the event on stdin, the result on stdout
  kMock,       // answers `mock_result`
  kAttach,     // started by its owner, under a debugger; no timeout while attached
};

// One function as a template or a functions file describes it. Every value is resolved: no intrinsic is left, and
// `code_uri` is an absolute path (relative ones are taken from the folder of the file that named them).
struct FunctionConfig {
  std::string name;        // what the ARN ends in, and what AWS_LAMBDA_FUNCTION_NAME says
  std::string arn;         // unqualified
  std::string logical_id;  // in the template; empty from a functions file
  FunctionKind kind = FunctionKind::kRuntime;
  std::vector<std::string> command;  // an argument vector, never a shell line
  std::string handler;               // "app.handler"
  std::string runtime;               // "python3.12", or empty
  std::string code_uri;              // folder (or file) of the code; the child's working directory
  std::string url;
  std::string mock_result;
  std::map<std::string, std::string> environment;
  std::chrono::milliseconds timeout{3000};
  int memory_mb = 128;
  int concurrency = 0;       // most workers at once; 0: the registry's own limit
  uint16_t attach_port = 0;  // kAttach: where the Runtime API listens; 0: any free port
  std::string source_file;   // where it was described, for messages
  int source_line = 0;

  friend bool operator==(const FunctionConfig&, const FunctionConfig&) = default;
};

enum class FunctionFault : uint8_t {
  kNone,
  kFunctionError,  // the function reported an error; `payload` is its {"errorMessage","errorType",...}
  kTimeout,        // ran longer than its timeout
  kExited,         // the process ended before it answered (Runtime.ExitError)
  kInitFailed,     // could not be started or loaded
  kMalformed,      // what it answered breaks the protocol it speaks (kinds that must answer JSON)
  kTooLarge,       // result over the limit (6 MB buffered)
  kThrottled,      // all workers busy and the queue full
  kUnreachable,    // a URL that does not answer
  kCancelled,      // client gone before a worker took it, or the server is stopping
};

struct InvocationResult {
  FunctionFault fault = FunctionFault::kNone;
  std::string payload;     // bytes as the function sent them, not checked to be JSON unless the kind must
  std::string error_type;  // "Runtime.ExitError", "Sandbox.Timedout", ... on a fault
  std::string message;     // for the log: what went wrong, with the name of the function
  bool cold_start = false;
  std::chrono::microseconds queued{0};    // waiting for a worker
  std::chrono::microseconds started{0};   // starting one, when cold_start
  std::chrono::microseconds duration{0};  // from handing the event over to the answer
  std::string log_tail;                   // when asked for: the last 4 KB of what the function wrote
};

// Where a function that streams puts its answer. Not used unless the function itself streams; once begin() was called
// the result's `payload` is empty and its fault says whether the stream broke.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  // `content_type` as the function named it: application/vnd.awslambda.http-integration-response means a JSON prelude,
  // eight NUL bytes, then the body. The bytes are passed on as they come; the gateway reads the prelude.
  virtual void begin(std::string_view content_type) = 0;
  virtual bool write(std::string bytes) = 0;  // false: the client is gone, stop reading
};

struct Invocation {
  std::string payload;                     // the event, JSON
  std::string request_id;                  // a UUID: Lambda-Runtime-Aws-Request-Id
  std::string trace_id;                    // "Root=1-...;Parent=...;Sampled=0"
  std::string client_context;              // JSON or empty
  std::string cognito_identity;            // JSON or empty
  bool asynchronous = false;               // InvocationType Event: nobody waits for the answer
  bool log_tail = false;                   // wants the result's log_tail
  std::shared_ptr<ResponseStream> stream;  // null: a streamed answer is gathered into `payload`
  std::stop_token client_gone;
  std::function<void(InvocationResult)> done;
};

class Function {
 public:
  virtual ~Function() = default;
  virtual const FunctionConfig& config() const = 0;  // lives as long as the Function
  virtual void invoke(Invocation invocation) = 0;
};

class FunctionRegistry {
 public:
  virtual ~FunctionRegistry() = default;
  // By name, "name:qualifier", partial ARN ("123456789012:function:name") or full ARN, qualified or not. Null when
  // there is none. An invocation under way keeps its Function alive.
  virtual std::shared_ptr<Function> find(std::string_view name_or_arn) const = 0;
  // Makes `functions` the whole set described by `source` (a file's name); those of other sources stay. What is
  // unchanged keeps its workers; what is gone or changed ends after the invocations under way. Returns what is wrong
  // with one, as "file:line: text" each, and then changes nothing.
  virtual std::vector<std::string> replace(std::string_view source, std::vector<FunctionConfig> functions) = 0;
};

}  // namespace stator::gateway
