/// Threads that block in getaddrinfo(3). Independent of CAF.
///
///   auto threads = std::make_shared<lookup_threads>(std::chrono::seconds(30), 1024, 4);
///   threads->submit(family::udp4, "example.org", [](auto found) { … });
///   threads->close();                      // no callback runs after this
///
/// The threads are detached: one that is still in getaddrinfo when the program ends is
/// abandoned, and its answer is dropped.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/posix/lookup.h"

namespace dgram {

/// Any thread. Its threads share ownership of it.
class lookup_threads : public std::enable_shared_from_this<lookup_threads> {
 public:
  using answer = absl::StatusOr<std::vector<endpoint>>;
  using callback = std::function<void(answer)>;

  using clock = std::chrono::steady_clock;
  using function = std::function<answer(family, const std::string&)>;

  /// Starts up to `limit` threads, at least 1, as they are needed. A question that finds
  /// `most` others waiting fails, and so does one that waited for `patience`: then nobody
  /// waits for its answer, and those behind it get their turn. `look_up` blocks.
  lookup_threads(clock::duration patience, std::size_t most, std::size_t limit,
                 function look_up = lookup)
      : patience_(patience), most_(most), limit_(limit), look_up_(std::move(look_up)) {}

  /// Looks up a name. `done` is called once, on this or another thread, unless closed
  /// before. Errors: queue_full, name_not_resolved, those of `lookup`.
  void submit(family f, std::string name, callback done);

  /// Drops all questions; waits for a callback that is running.
  void close();

 private:
  struct question {
    dgram::family family;
    std::string name;
    std::uint64_t key;
    clock::time_point asked;
  };

  void start_thread();
  void run();

  /// Answers a question, unless closed.
  void answer_with(const question& what, answer found);

  const clock::duration patience_;
  const std::size_t most_;
  const std::size_t limit_;
  const function look_up_;
  std::mutex mutex_;
  std::deque<question> waiting_;
  std::map<std::uint64_t, callback> callbacks_;  ///< Of unanswered questions.
  std::uint64_t next_key_ = 0;
  std::size_t threads_ = 0;  ///< All busy: a thread without a question ends.
  bool closed_ = false;
};

}  // namespace dgram
