/// A program under test, started with pipes on its output and killed by the destructor.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace dgram::testing {

class process {
 public:
  /// Starts a program by path, or by name from PATH. `prepare` runs in the child first
  /// (async-signal-safe calls only). Throws if it fails.
  explicit process(std::vector<std::string> command, const std::function<void()>& prepare = {});
  process(process&& other) noexcept;
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  process& operator=(process&&) = delete;

  /// Kills the program if it still runs.
  ~process();

  /// Waits until the output (standard output and error together) contains the text. False
  /// if the program ends or the time passes first.
  bool await_output(const std::string& text,
                    std::chrono::milliseconds within = std::chrono::seconds(20));

  /// Waits for the program to end. Returns the exit status, 128 + signal if it was killed,
  /// or -1 if 30 s pass first.
  int await_exit();

  void signal(int number) const;

  /// The output so far, for messages of failed tests.
  const std::string& output() const { return output_; }

  ::pid_t pid() const { return pid_; }

 private:
  /// Reads once, until the deadline; false at the end of the output.
  bool read_some(std::chrono::steady_clock::time_point deadline);

  ::pid_t pid_ = -1;
  int output_fd_ = -1;
  std::string output_;
};

/// Runs a program to its end. Throws with its output if its status is not 0.
std::string run(std::vector<std::string> command, const std::function<void()>& prepare = {});

/// The path of an example program in Bazel's runfiles, and of one beside this header.
std::string example(const std::string& name);
std::string support_program(const std::string& name);

}  // namespace dgram::testing
