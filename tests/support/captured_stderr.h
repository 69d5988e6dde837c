/// What this process writes to standard error, in a pipe while this object lives.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>

#include "tests/support/socket_test.h"

namespace dgram::testing {

class captured_stderr {
 public:
  captured_stderr() : saved_(::dup(STDERR_FILENO)) {
    std::array<int, 2> ends{};
    if (saved_ < 0 || ::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
    read_end_ = ends[0];
  }
  captured_stderr(const captured_stderr&) = delete;
  captured_stderr& operator=(const captured_stderr&) = delete;
  ~captured_stderr() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    ::close(read_end_);
  }

  /// Waits for the next line; what there is of it when the patience is over.
  std::string line() const {
    std::string result;
    for (char next = 0; next != '\n' && is_readable() && ::read(read_end_, &next, 1) == 1;) {
      result += next;
    }
    return result;
  }

 private:
  bool is_readable() const {
    ::pollfd waiting{read_end_, POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) > 0;
  }

  int saved_;
  int read_end_ = -1;
};

}  // namespace dgram::testing
