// The door with nothing behind it: every DynamoDB request gets the same answer, of BYTES bytes. What GetItem costs
// beyond this is parsing, storage and writing the answer.
//   bench_constant_server PORT [BYTES = 1100] [THREADS = cores]
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "protocol/http/http_server.h"

namespace {

class Constant : public stator::InlineHandler {
 public:
  explicit Constant(size_t bytes) : body_("{\"Item\":\"" + std::string(bytes > 11 ? bytes - 11 : 0, 'x') + "\"}") {}
  void handle(stator::WireRequest&, stator::WireReply& reply) override {
    reply.headers.emplace_back("Content-Type", "application/x-amz-json-1.0");
    reply.headers.emplace_back("x-amzn-RequestId", "CONSTANTCONSTANTCONSTANTCONSTANTCONSTANTCONSTANTCONS");
    reply.body = body_;
  }
  bool settle() override { return true; }
  void fail(stator::WireReply&) override {}

 private:
  std::string body_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "bench_constant_server PORT [BYTES] [THREADS]\n");
    return 2;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  stator::http::HttpServerOptions options;
  options.hosts = {"127.0.0.1"};
  options.port = std::atoi(argv[1]);
  options.threads = argc > 3 ? std::atoi(argv[3]) : 0;
  Constant constant(argc > 2 ? static_cast<size_t>(std::atol(argv[2])) : 1100);
  stator::http::HttpServer server(options, constant, [](std::shared_ptr<stator::Exchange> exchange) {
    stator::WireReply reply;
    reply.body = "healthy";
    exchange->reply(std::move(reply));
  });
  server.start();
  int signal = 0;
  sigwait(&ends, &signal);
  server.stop(std::chrono::milliseconds(200));
}
