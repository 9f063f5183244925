// What the kernel alone costs: a server that waits, reads, looks for the end of the request as cheaply as can be (each
// read is taken for one request when it ends in '}'), and sends a prepared answer. No server that answers HTTP over TCP
// can cost less.
//   bench_epoll_floor PORT [BYTES = 1100] [THREADS = cores]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

std::string answer;

void serve(int epoll) {
  epoll_event events[64];
  std::vector<char> buffer(64 * 1024);
  for (;;) {
    int count = ::epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < count; ++i) {
      int client = events[i].data.fd;
      ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        if (got == 0 || errno != EAGAIN) ::close(client);
        continue;
      }
      if (buffer[static_cast<size_t>(got) - 1] == '}') ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "bench_epoll_floor PORT [BYTES] [THREADS]\n");
    return 2;
  }
  size_t bytes = argc > 2 ? static_cast<size_t>(std::atol(argv[2])) : 1100;
  unsigned threads = argc > 3 ? static_cast<unsigned>(std::atoi(argv[3])) : std::thread::hardware_concurrency();
  answer = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: " + std::to_string(bytes) +
           "\r\n\r\n" + std::string(bytes, 'x');
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(argv[1])));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener, 1024) != 0) {
    std::perror("bench_epoll_floor");
    return 1;
  }
  std::vector<int> epolls;
  std::vector<std::thread> running;
  for (unsigned i = 0; i < threads; ++i) {
    epolls.push_back(::epoll_create1(EPOLL_CLOEXEC));
    running.emplace_back(serve, epolls.back());
  }
  for (size_t next = 0;; ++next) {
    int client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) continue;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.fd = client;
    ::epoll_ctl(epolls[next % threads], EPOLL_CTL_ADD, client, &event);
  }
}
