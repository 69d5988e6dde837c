/// Waits for SIGINT or SIGTERM without a signal handler.
#pragma once

#include <csignal>

namespace examples {

/// Blocks both signals in this thread and in threads started later, so that `wait`
/// receives them.
class termination_signals {
 public:
  termination_signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }

  void wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
  }

 private:
  sigset_t set_{};
};

}  // namespace examples
