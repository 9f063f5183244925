#include "emulator/gateway/handlers/keeper_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace stator::gateway {
namespace {

struct Child {
  uint64_t id;
  pid_t pid;  // 0: a free place
};
Child children[kMaxKeptChildren];  // touched by the keeper alone, after the fork

void close_from(int first) {
  if (syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U) == 0) return;
  const long open_max = sysconf(_SC_OPEN_MAX);  // before Linux 5.9
  for (int fd = first; fd < (open_max > 0 ? open_max : 65536); ++fd) close(fd);
}

void report(int socket, KeeperReport::Kind kind, uint64_t id, int value) {
  KeeperReport message{id, kind, value};
  while (send(socket, &message, sizeof message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

// Between fork and exec: what the child is before it is someone else's program.
[[noreturn]] void become(const int (&fds)[4], int failure, pid_t keeper, const char* program, const char* folder,
                         char** argv, char** env) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(127);  // it died before the line above
  for (int signal_number = 1; signal_number < NSIG; ++signal_number) signal(signal_number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // Above 10 first, so that no dup2 below overwrites a descriptor still to be moved.
  int moved[4];
  for (int i = 0; i < 3; ++i) moved[i] = fcntl(fds[i + 1], F_DUPFD, 10);
  moved[3] = fcntl(failure, F_DUPFD, 10);
  for (int i = 0; i < 3; ++i) dup2(moved[i], i);
  dup2(moved[3], 3);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  close_from(4);
  if (chdir(folder) == 0) execve(program, argv, env);
  const int error = errno;
  while (write(3, &error, sizeof error) < 0 && errno == EINTR) {
  }
  _exit(127);
}

// argv and env as execve wants them, in one anonymous mapping: no malloc here.
struct Block {
  char* text = nullptr;
  size_t size = 0;
  char** pointers = nullptr;
  size_t pointer_bytes = 0;
  const char* program = nullptr;
  const char* folder = nullptr;
  char** argv = nullptr;
  char** env = nullptr;

  bool map(int memfd, const KeeperOrder& order) {
    size = order.size;
    if (size == 0) return false;
    void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, memfd, 0);
    if (at == MAP_FAILED) return false;
    text = static_cast<char*>(at);
    pointer_bytes = (static_cast<size_t>(order.argc) + order.envc + 2) * sizeof(char*);
    at = mmap(nullptr, pointer_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return false;
    pointers = static_cast<char**>(at);
    argv = pointers;
    env = pointers + order.argc + 1;
    size_t offset = 0;
    program = take(offset);
    folder = take(offset);
    for (uint32_t i = 0; i < order.argc; ++i)
      if ((argv[i] = take(offset)) == nullptr) return false;
    for (uint32_t i = 0; i < order.envc; ++i)
      if ((env[i] = take(offset)) == nullptr) return false;
    return program != nullptr && folder != nullptr;
  }
  void unmap() {
    if (text != nullptr) munmap(text, size);
    if (pointers != nullptr) munmap(pointers, pointer_bytes);
  }

 private:
  char* take(size_t& offset) {
    char* start = text + offset;
    while (offset < size && text[offset] != '\0') ++offset;
    if (offset >= size) return nullptr;
    ++offset;
    return start;
  }
};

void start(int socket, const KeeperOrder& order, const int (&fds)[4]) {
  Child* place = nullptr;
  for (Child& child : children) {
    if (child.pid == 0) {
      place = &child;
      break;
    }
  }
  Block block;
  int failure[2];
  if (place == nullptr) return report(socket, KeeperReport::kFailed, order.id, EAGAIN);
  if (!block.map(fds[0], order)) {
    block.unmap();
    return report(socket, KeeperReport::kFailed, order.id, ENOMEM);
  }
  if (pipe2(failure, O_CLOEXEC) != 0) {
    const int error = errno;
    block.unmap();
    return report(socket, KeeperReport::kFailed, order.id, error);
  }
  const pid_t keeper = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(fds, failure[1], keeper, block.program, block.folder, block.argv, block.env);
  const int fork_error = errno;
  block.unmap();
  close(failure[1]);
  if (pid < 0) {
    close(failure[0]);
    return report(socket, KeeperReport::kFailed, order.id, fork_error);
  }
  setpgid(pid, pid);  // here as well: a signal may be ordered before the child gets to it
  int error = 0;
  ssize_t got;
  while ((got = read(failure[0], &error, sizeof error)) < 0 && errno == EINTR) {
  }
  close(failure[0]);
  if (got == static_cast<ssize_t>(sizeof error)) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return report(socket, KeeperReport::kFailed, order.id, error);
  }
  *place = {order.id, pid};
  report(socket, KeeperReport::kStarted, order.id, pid);
}

// The rest of an ended child's group goes before its number is given back to the system: as long as the leader is not
// reaped, no other process can have that group.
void reap(int socket) {
  for (;;) {
    siginfo_t info;
    info.si_pid = 0;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    const pid_t pid = info.si_pid;
    Child* known = nullptr;
    for (Child& child : children)
      if (child.pid == pid) known = &child;
    if (known != nullptr) kill(-pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (known != nullptr) {
      report(socket, KeeperReport::kExited, known->id, status);
      known->pid = 0;
    }
  }
}

// Every direct child, by /proc: those we started and those that fell to us when their parents died.
bool kill_children_listed() {
  const int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[8192];
  pid_t pid = 0;
  ssize_t got;
  while ((got = read(fd, text, sizeof text)) > 0) {
    for (ssize_t i = 0; i < got; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid > 0) {
        kill(pid, SIGKILL);
        pid = 0;
      }
    }
  }
  close(fd);
  return true;
}

[[noreturn]] void end_all() {
  for (const Child& child : children)
    if (child.pid != 0) kill(-child.pid, SIGKILL);
  for (;;) {
    const bool listed = kill_children_listed();
    // One that dies hands us its children, which the next round finds; ECHILD means that none is left.
    const pid_t gone = waitpid(-1, nullptr, 0);
    if (gone < 0 && errno == ECHILD) _exit(0);
    if (!listed && gone < 0 && errno != EINTR) _exit(0);
  }
}

// False: the server is gone.
bool obey(int socket) {
  KeeperOrder order;
  int fds[4] = {-1, -1, -1, -1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fds)];
  iovec piece{&order, sizeof order};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got != static_cast<ssize_t>(sizeof order)) return got != 0;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(sizeof fds))
      memcpy(fds, CMSG_DATA(head), sizeof fds);
  }
  if (order.kind == KeeperOrder::kStart) {
    if (fds[3] >= 0)
      start(socket, order, fds);
    else
      report(socket, KeeperReport::kFailed, order.id, EMFILE);
  } else {
    for (const Child& child : children)
      if (child.pid != 0 && child.id == order.id) kill(-child.pid, order.signal);
  }
  for (int fd : fds)
    if (fd >= 0) close(fd);
  return true;
}

}  // namespace

void keeper_main(int inherited) {
  setsid();  // a Ctrl-C meant for the server must not reach the keeper before the server has ended
  prctl(PR_SET_NAME, "stator-keeper");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  signal(SIGCHLD, SIG_DFL);  // had the server been told to ignore it, no exit status would reach us

  // Nothing of the server's stays open here: its listening port above all.
  const int socket = fcntl(inherited, F_DUPFD_CLOEXEC, 10);
  dup2(socket, 3);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  close_from(4);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  const int signals = signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK);
  for (Child& child : children) child = {0, 0};

  for (;;) {
    pollfd waits[2] = {{3, POLLIN, 0}, {signals, POLLIN, 0}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) end_all();
    if (waits[1].revents != 0) {
      signalfd_siginfo ignored[16];
      while (read(signals, ignored, sizeof ignored) > 0) {
      }
      reap(3);
    }
    if (waits[0].revents != 0 && !obey(3)) end_all();
  }
}

}  // namespace stator::gateway
