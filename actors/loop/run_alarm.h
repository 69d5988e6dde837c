/// Reports actors that hold up their loop while they still do, from a thread of its own.
/// Independent of CAF, so that a thread sanitizer sees all of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "caf_dgram/actors/loop/run_watch.h"

namespace dgram {

class run_alarm {
 public:
  /// The index of the loop, the actor's name, and how long it has run so far.
  using reporter = std::function<void(std::size_t, const std::string&, std::chrono::nanoseconds)>;

  /// Watches the loops until it is destroyed, and calls `report` once for each run that is
  /// longer than `limit`, before twice that time has passed.
  run_alarm(std::vector<std::shared_ptr<run_watch>> loops, std::chrono::nanoseconds limit,
            reporter report);
  run_alarm(const run_alarm&) = delete;
  run_alarm& operator=(const run_alarm&) = delete;
  ~run_alarm();

 private:
  void run();
  void look();

  const std::vector<std::shared_ptr<run_watch>> loops_;
  const std::chrono::nanoseconds limit_;
  const reporter report_;
  std::vector<run_watch::clock::time_point> reported_;  ///< Since when that run has lasted.
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool is_stopped_ = false;
  std::thread thread_;
};

}  // namespace dgram
