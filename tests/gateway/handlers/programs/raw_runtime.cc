// A Lambda runtime with nothing but sockets: what any compiled program would do, and, told by its event, everything
// that a runtime should not do. argv[1] says how it starts: ok, exit, init-error, hang.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

extern char** environ;

namespace {

struct Api {
  explicit Api(const char* where) : host(where) {
    fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = inet_addr(host.substr(0, host.find(':')).c_str());
    address.sin_port = htons(static_cast<uint16_t>(std::atoi(host.c_str() + host.find(':') + 1)));
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::exit(70);
  }
  void send(const std::string& bytes) const {
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t sent = write(fd, bytes.data() + at, bytes.size() - at);
      if (sent <= 0) std::exit(71);
      at += static_cast<size_t>(sent);
    }
  }
  std::string request(const std::string& method, const std::string& path, const std::string& body,
                      const std::string& more = "") const {
    return method + " /2018-06-01/runtime/" + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  std::string reply() {
    size_t end;
    while ((end = pending.find("\r\n\r\n")) == std::string::npos) more();
    const size_t at = pending.find("Content-Length: ");
    const size_t length = at < end ? std::strtoul(pending.c_str() + at + 16, nullptr, 10) : 0;
    while (pending.size() < end + 4 + length) more();
    std::string whole = pending.substr(0, end + 4 + length);
    pending.erase(0, end + 4 + length);
    return whole;
  }
  void more() {
    char buffer[65536];
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got <= 0) std::exit(72);
    pending.append(buffer, static_cast<size_t>(got));
  }
  std::string call(const std::string& method, const std::string& path, const std::string& body) {
    send(request(method, path, body));
    return reply();
  }
  std::string host, pending;
  int fd;
};

std::string header(const std::string& reply, const std::string& name) {
  const size_t at = reply.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const size_t from = at + name.size() + 4;
  return reply.substr(from, reply.find("\r\n", from) - from);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c >= ' ')
      out += c;
    else
      out += "\\n";
  }
  return out + "\"";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string start = argc > 1 ? argv[1] : "ok";
  if (start == "exit") return 3;
  Api api(getenv("AWS_LAMBDA_RUNTIME_API"));
  if (start == "hang") pause();
  if (start == "init-error") {
    api.send(api.request("POST", "init/error", R"({"errorMessage":"no luck","errorType":"Start.NoLuck"})",
                         "Lambda-Runtime-Function-Error-Type: Start.NoLuck\r\n"));
    api.reply();
    return 1;
  }
  std::string last_id = "none";
  for (;;) {
    const std::string next = api.call("GET", "invocation/next", "");
    const std::string id = header(next, "Lambda-Runtime-Aws-Request-Id");
    const std::string event = next.substr(next.find("\r\n\r\n") + 4);
    const std::string response = "invocation/" + id + "/response";
    std::string answer = event;
    if (event == "\"exit\"") return 7;
    if (event == "\"exit 0\"") return 0;
    if (event == "\"abort\"") std::abort();
    if (event == "\"hang\"") pause();
    if (event == "\"garbage\"") answer = "<<< this is \x01 no JSON";
    if (event == "\"pid\"") answer = std::to_string(getpid());
    if (event == "\"oversize\"") answer = "\"" + std::string(7'000'000, 'x') + "\"";
    if (event == "\"stdin\"") {
      char byte;
      answer = std::to_string(read(0, &byte, 1));
    }
    if (event == "\"headers\"") answer = quoted(next.substr(0, next.find("\r\n\r\n")));
    if (event == "\"environment\"") {
      answer.clear();
      for (char** at = environ; *at != nullptr; ++at) answer += std::string(*at) + "\n";
      answer = quoted(answer);
    }
    if (event == "\"descriptors\"") {
      answer.clear();
      for (int fd = 0; fd < 1024; ++fd)
        if (dup2(fd, fd) >= 0) answer += std::to_string(fd) + " ";
      answer = quoted(answer);
    }
    if (event == "\"group\"") answer = "[" + std::to_string(getpid()) + "," + std::to_string(getpgid(0)) + "]";
    if (event == "\"children\"") {
      // One grandchild in our group, and one that leaves it for a session of its own.
      const pid_t one = fork();
      if (one == 0)
        for (;;) pause();
      const pid_t two = fork();
      if (two == 0) {
        setsid();
        for (;;) pause();
      }
      answer = "[" + std::to_string(getpid()) + "," + std::to_string(one) + "," + std::to_string(two) + "]";
    }
    if (event == "\"flood\"") {
      for (int i = 0; i < 400'000; ++i) std::printf("line %d of a flood that goes on and on\n", i);
      std::printf("%s\n", std::string(100'000, 'l').c_str());
      std::fflush(stdout);
    }
    if (event == "\"wrong id\"") {
      const std::string refused = api.call("POST", "invocation/11111111-1111-4111-8111-111111111111/response", "1");
      const std::string old = api.call("POST", "invocation/" + last_id + "/response", "1");
      answer = quoted(refused.substr(9, 3) + refused.substr(refused.find("\r\n\r\n") + 4) + old.substr(9, 3));
    }
    if (event == "\"next again\"") {
      const std::string refused = api.call("GET", "invocation/next", "");
      answer = quoted(refused.substr(9, 3));
    }
    if (event == "\"error\"") {
      api.call("POST", "invocation/" + id + "/error", R"({"errorMessage":"m","errorType":"T"})");
      continue;
    }
    if (event == "\"mode\"") {
      api.send(api.request("POST", response, "1", "Lambda-Runtime-Function-Response-Mode: odd\r\n"));
      answer = quoted(api.reply().substr(9, 3));
    }
    if (event == "\"continue\"") {
      api.send("POST /2018-06-01/runtime/" + response +
               " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
      const std::string interim = api.reply();
      if (interim.substr(9, 3) != "100") return 9;
      api.send("true");
      api.reply();
      continue;
    }
    if (event == "\"cut\"") {
      api.send("POST /2018-06-01/runtime/" + response +
               " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nnot a hundred");
      shutdown(api.fd, SHUT_WR);
      const std::string refused = api.reply();
      Api again(getenv("AWS_LAMBDA_RUNTIME_API"));
      again.call("POST", response, quoted(refused.substr(9, 3) + refused.substr(refused.find("\r\n\r\n") + 4)));
      api = again;
      continue;
    }
    last_id = id;
    const std::string accepted = api.call("POST", response, answer);
    if (event == "\"oversize\"") std::printf("oversize was answered with %s\n", accepted.substr(9, 3).c_str());
    if (event == "\"answer then exit\"") return 5;
    std::fflush(stdout);
  }
}
