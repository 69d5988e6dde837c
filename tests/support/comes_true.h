/// Waits for what other threads, processes or the kernel bring about.
#pragma once

#include <chrono>
#include <thread>

#include "tests/support/socket_test.h"

namespace dgram::testing {

/// Whether something becomes true before the patience is over.
template <class Condition>
bool comes_true(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace dgram::testing
