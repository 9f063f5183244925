#include "emulator/gateway/handlers/process_keeper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "emulator/gateway/handlers/keeper_process.h"

namespace stator::gateway {
namespace {

bool is_program(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0;
}

bool write_all(int fd, const std::string& bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote = write(fd, bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += static_cast<size_t>(wrote);
  }
  return true;
}

}  // namespace

std::optional<std::string> find_program(std::string_view name, std::string_view path, std::string_view folder) {
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string_view::npos) {
    std::string whole = name.front() == '/' ? std::string(name) : std::string(folder) + "/" + std::string(name);
    if (is_program(whole)) return whole;
    return std::nullopt;
  }
  while (!path.empty()) {
    const size_t colon = path.find(':');
    const std::string_view place = path.substr(0, colon);
    path = colon == std::string_view::npos ? std::string_view() : path.substr(colon + 1);
    if (place.empty() || place.front() != '/') continue;  // never the current folder
    std::string whole = std::string(place) + "/" + std::string(name);
    if (is_program(whole)) return whole;
  }
  return std::nullopt;
}

std::optional<std::string> describe_exit(int wait_status) {
  if (WIFEXITED(wait_status)) {
    if (WEXITSTATUS(wait_status) == 0) return std::nullopt;
    return "exit status " + std::to_string(WEXITSTATUS(wait_status));
  }
  const int number = WTERMSIG(wait_status);
  std::string text = "signal: ";
  const char* words = strsignal(number);  // "Killed", "Segmentation fault": the service writes them in lower case
  for (const char* at = words == nullptr ? "unknown" : words; *at != '\0'; ++at)
    text += *at >= 'A' && *at <= 'Z' ? static_cast<char>(*at + ('a' - 'A')) : *at;
  if (WCOREDUMP(wait_status)) text += " (core dumped)";
  return text;
}

ProcessKeeper::ProcessKeeper(boost::asio::io_context& loop) : loop_(loop), socket_(loop) {
  fork_keeper();
}

ProcessKeeper::~ProcessKeeper() {
  kept_.clear();
  boost::system::error_code ignored;
  socket_.close(ignored);  // the keeper takes this as the end of the server
  while (keeper_ > 0 && waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ProcessKeeper::fork_keeper() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair for the process keeper");
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork of the process keeper");
  if (pid == 0) keeper_main(theirs.get());
  keeper_ = pid;
  socket_.assign(ours.release());
  wait_for_report();
}

ProcessId ProcessKeeper::start(ProcessSpec spec, Started started, Exited exited) {
  const ProcessId id = ++last_;
  KeeperOrder order;
  order.id = id;
  order.kind = KeeperOrder::kStart;
  order.argc = static_cast<uint32_t>(spec.argv.size());
  order.envc = static_cast<uint32_t>(spec.environment.size());
  std::string path = "/usr/local/bin:/usr/bin:/bin";
  for (const std::string& variable : spec.environment)
    if (variable.starts_with("PATH=")) path = variable.substr(5);
  const auto program = find_program(spec.argv.empty() ? "" : spec.argv[0], path, spec.folder);

  int error = program ? 0 : ENOENT;
  if (program) {
    std::string block = *program + '\0' + spec.folder + '\0';
    for (const auto* list : {&spec.argv, &spec.environment})
      for (const std::string& text : *list) block.append(text.c_str()) += '\0';
    order.size = static_cast<uint32_t>(block.size());
    UniqueFd memory(memfd_create("stator-start", MFD_CLOEXEC));
    if (!memory || !write_all(memory.get(), block)) {
      error = errno;
    } else {
      const int fds[4] = {memory.get(), spec.in.get(), spec.out.get(), spec.err.get()};
      alignas(cmsghdr) char control[CMSG_SPACE(sizeof fds)] = {};
      iovec piece{&order, sizeof order};
      msghdr message{};
      message.msg_iov = &piece;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      cmsghdr* head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(sizeof fds);
      std::memcpy(CMSG_DATA(head), fds, sizeof fds);
      ssize_t sent;
      while ((sent = sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
      }
      if (sent < 0) error = errno;
    }
  }
  if (error != 0) {
    boost::asio::post(loop_, [started = std::move(started), error] { started(error, 0); });
    return id;
  }
  kept_[id] = {0, std::move(started), std::move(exited)};
  return id;
}

void ProcessKeeper::forget(ProcessId id) {
  const auto found = kept_.find(id);
  if (found == kept_.end()) return;
  found->second.started = nullptr;
  found->second.exited = nullptr;
}

void ProcessKeeper::signal(ProcessId id, int signal_number) {
  if (!kept_.contains(id)) return;
  KeeperOrder order;
  order.id = id;
  order.kind = KeeperOrder::kSignal;
  order.signal = signal_number;
  while (send(socket_.native_handle(), &order, sizeof order, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

void ProcessKeeper::wait_for_report() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (!error) read_reports();
  });
}

void ProcessKeeper::read_reports() {
  for (;;) {
    KeeperReport report;
    const ssize_t got = recv(socket_.native_handle(), &report, sizeof report, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait_for_report();
    if (got != static_cast<ssize_t>(sizeof report)) return keeper_died();
    const auto found = kept_.find(report.id);
    if (found == kept_.end()) continue;
    if (report.kind == KeeperReport::kStarted) {
      found->second.pid = report.value;
      if (const Started started = std::move(found->second.started)) started(0, report.value);
      continue;
    }
    Kept gone = std::move(found->second);
    kept_.erase(found);
    if (report.kind == KeeperReport::kFailed) {
      if (gone.started) gone.started(report.value, 0);
    } else if (gone.exited) {
      gone.exited(report.value);
    }
  }
}

// The children have their SIGKILL from the kernel; what they started themselves is in their groups.
void ProcessKeeper::keeper_died() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  while (waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
  std::map<ProcessId, Kept> lost;
  lost.swap(kept_);
  for (const auto& [id, kept] : lost)
    if (kept.pid > 0) kill(-kept.pid, SIGKILL);
  fork_keeper();
  for (auto& [id, kept] : lost) {
    if (kept.pid == 0) {
      if (kept.started) kept.started(ECHILD, 0);
    } else if (kept.exited) {
      kept.exited(SIGKILL);
    }
  }
}

}  // namespace stator::gateway
