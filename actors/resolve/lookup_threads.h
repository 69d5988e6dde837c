/// Threads that block in getaddrinfo(3). Independent of CAF.
///
///   auto threads = std::make_shared<lookup_threads>(4);
///   threads->submit(family::udp4, "example.org", [](auto found) { … });
///   threads->close();                      // no callback runs after this
///
/// The threads are detached: one that is still in getaddrinfo when the program ends is
/// abandoned, and its answer is dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"

namespace dgram {

/// Any thread. Its threads share ownership of it.
class lookup_threads : public std::enable_shared_from_this<lookup_threads> {
 public:
  using answer = absl::StatusOr<std::vector<endpoint>>;
  using callback = std::function<void(answer)>;

  /// Starts up to `limit` threads, at least 1, as they are needed.
  explicit lookup_threads(std::size_t limit) : limit_(limit) {}

  /// Looks up a name. `done` is called once, on another thread, unless closed before.
  void submit(family f, std::string name, callback done);

  /// Drops all questions; waits for a callback that is running.
  void close();

 private:
  struct question {
    dgram::family family;
    std::string name;
    std::uint64_t key;
  };

  void start_thread();
  void run();

  const std::size_t limit_;
  std::mutex mutex_;
  std::deque<question> waiting_;
  std::map<std::uint64_t, callback> callbacks_;  ///< Of unanswered questions.
  std::uint64_t next_key_ = 0;
  std::size_t threads_ = 0;  ///< All busy: a thread without a question ends.
  bool closed_ = false;
};

}  // namespace dgram
