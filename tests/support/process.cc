#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dgram::testing {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds exit_patience{30};
constexpr int exec_failed = 127;

std::runtime_error failed(const std::string& what) {
  return std::runtime_error(absl::StrCat(what, ": ", std::strerror(errno)));
}

std::string runfile(const std::string& folder, const std::string& name) {
  const char* runfiles = std::getenv("TEST_SRCDIR");
  if (runfiles == nullptr) throw std::runtime_error("TEST_SRCDIR is not set: run by Bazel");
  return absl::StrCat(runfiles, "/caf_dgram/", folder, "/", name);
}

}  // namespace

process::process(std::vector<std::string> command, const std::function<void()>& prepare) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw failed("pipe");
  std::vector<char*> arguments;
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) throw failed("fork");
  if (pid_ == 0) {
    // Nothing that a test starts outlives it, however it ends.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    if (prepare) prepare();
    ::execvp(arguments[0], arguments.data());
    ::_exit(exec_failed);
  }
  ::close(ends[1]);
  output_fd_ = ends[0];
}

process::process(process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_fd_(std::exchange(other.output_fd_, -1)),
      output_(std::move(other.output_)) {}

process::~process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (output_fd_ >= 0) ::close(output_fd_);
}

bool process::read_some(clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
  ::pollfd entry{output_fd_, POLLIN, 0};
  if (left <= 0 || ::poll(&entry, 1, static_cast<int>(left)) <= 0) return false;
  std::array<char, 4096> buffer{};
  const auto got = ::read(output_fd_, buffer.data(), buffer.size());
  if (got <= 0) return false;
  output_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

bool process::await_output(const std::string& text, std::chrono::milliseconds within) {
  const auto deadline = clock::now() + within;
  while (output_.find(text) == std::string::npos) {
    if (!read_some(deadline)) return false;
  }
  return true;
}

int process::await_exit() {
  const auto deadline = clock::now() + exit_patience;
  while (read_some(deadline)) {
  }
  if (clock::now() >= deadline) return -1;
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void process::signal(int number) const { ::kill(pid_, number); }

std::string run(std::vector<std::string> command, const std::function<void()>& prepare) {
  const auto line = absl::StrJoin(command, " ");
  process program(std::move(command), prepare);
  const int status = program.await_exit();
  if (status != 0) {
    throw std::runtime_error(absl::StrCat(line, ": exit ", status, "\n", program.output()));
  }
  return program.output();
}

std::string example(const std::string& name) { return runfile("examples", name); }

std::string support_program(const std::string& name) { return runfile("tests/support", name); }

}  // namespace dgram::testing
