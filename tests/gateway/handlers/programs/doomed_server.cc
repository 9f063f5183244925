// A server to be killed: holds a listening port and a worker with children of its own. Prints "PORT KEEPER WORKER
// [pids]" and waits. argv: the runtime program.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <future>

#include "emulator/gateway/handlers/handlers.h"

int main(int, char** argv) {
  using namespace stator::gateway;
  // Not close-on-exec on purpose: even then no child may hold it.
  const int port = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(port, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(port, 8) != 0) return 1;
  getsockname(port, reinterpret_cast<sockaddr*>(&address), &length);

  HandlerOptions options;
  options.child.path = getenv("PATH");
  options.epoch_ms = [] { return int64_t{0}; };
  Handlers handlers(std::move(options));
  FunctionConfig config;
  config.name = "doomed";
  config.command = {argv[1]};
  config.code_uri = "/";
  if (!handlers.functions().replace("test", {config}).empty()) return 2;
  std::promise<InvocationResult> result;
  Invocation call;
  call.payload = "\"children\"";
  call.request_id = "00000000-0000-4000-8000-000000000001";
  call.done = [&](InvocationResult done) { result.set_value(std::move(done)); };
  handlers.functions().find("doomed")->invoke(std::move(call));
  std::printf("%d %d %s\n", ntohs(address.sin_port), handlers.keeper_pid(), result.get_future().get().payload.c_str());
  std::fflush(stdout);
  for (;;) pause();
}
