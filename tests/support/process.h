/// A program under test: started with pipes on its output, ended with its
/// handle.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace dgram::testing {

class process {
 public:
  /// Starts a program by path, or by name if it stands in PATH; `prepare` runs
  /// in the child first (async-signal-safe calls only). A failure throws.
  explicit process(std::vector<std::string> command, const std::function<void()>& prepare = {});
  process(process&& other) noexcept;
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  process& operator=(process&&) = delete;

  /// Kills it if it still runs.
  ~process();

  /// Waits until its output (standard output and error together) contains the
  /// text; returns false if it ends or 20 s pass before.
  bool await_output(const std::string& text);

  /// Waits for its end; returns the exit status, 128 + signal if it was killed,
  /// or -1 if 30 s pass before.
  int await_exit();

  void signal(int number) const;

  /// Everything it has written so far, for messages of failed tests.
  const std::string& output() const { return output_; }

  ::pid_t pid() const { return pid_; }

 private:
  /// Reads once, until the deadline; false at the end of the output.
  bool read_some(std::chrono::steady_clock::time_point deadline);

  ::pid_t pid_ = -1;
  int output_fd_ = -1;
  std::string output_;
};

/// Runs a program to its end. A status other than 0 throws with its output.
std::string run(std::vector<std::string> command, const std::function<void()>& prepare = {});

/// The path of an example's program in Bazel's runfiles.
std::string example(const std::string& name);

}  // namespace dgram::testing
