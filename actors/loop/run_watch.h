/// Times the runs of a loop's actors, and tells other threads which one runs. Independent of
/// CAF, so that a thread sanitizer sees all of it.
///
///   watch.add(actor, "actor worker#12");           // any thread
///   watch.begin(actor);                            // the loop's
///   …
///   if (watch.end() > limit) report(watch.name_of(actor));
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace dgram {

class run_watch {
 public:
  using clock = std::chrono::steady_clock;

  /// A number for each actor.
  using key = std::uint64_t;

  struct run {
    key actor = 0;
    clock::time_point since;
  };

  // -- any thread ---------------------------------------------------------------

  /// Adds an actor by the name to report it by.
  key add(std::string name) {
    const std::lock_guard<std::mutex> guard(mutex_);
    names_.emplace(++last_key_, std::move(name));
    return last_key_;
  }

  void remove(key actor) {
    const std::lock_guard<std::mutex> guard(mutex_);
    names_.erase(actor);
  }

  /// Empty for an actor that was removed.
  std::string name_of(key actor) const {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = names_.find(actor);
    return found == names_.end() ? std::string() : found->second;
  }

  std::size_t actors() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return names_.size();
  }

  /// The run under way, if any.
  std::optional<run> running() const noexcept {
    const auto since = since_.load();
    const auto actor = actor_.load();
    // Otherwise another run began in between.
    if (since == not_running || since_.load() != since) return std::nullopt;
    return run{actor, clock::time_point(clock::duration(since))};
  }

  /// The time spent in runs.
  std::chrono::nanoseconds busy() const noexcept {
    return clock::duration(busy_.load(std::memory_order_relaxed));
  }

  std::chrono::nanoseconds longest() const noexcept {
    return clock::duration(longest_.load(std::memory_order_relaxed));
  }

  // -- the loop's thread --------------------------------------------------------

  /// Runs have a share of the time from here on.
  void begin_share() noexcept {
    interrupt();
    busy_before_share_ = busy_.load(std::memory_order_relaxed);
  }

  /// The time spent in runs since `begin_share`.
  std::chrono::nanoseconds busy_in_share() const noexcept {
    return clock::duration(busy_.load(std::memory_order_relaxed) - busy_before_share_);
  }

  /// Whether anything is left of the share.
  bool leaves_time() const noexcept {
    constexpr auto fair_share = std::chrono::milliseconds(1);
    return busy_in_share() < fair_share;
  }

  bool is_running() const noexcept { return since_.load(std::memory_order_relaxed) != not_running; }

  /// A run that follows another begins where that one ended: a look at the clock takes as long as
  /// a short run.
  void begin(key actor) noexcept {
    actor_.store(actor, std::memory_order_relaxed);
    const auto since = last_end_ == not_running ? ticks_now() : last_end_;
    since_.store(since, std::memory_order_release);
  }

  /// Returns how long the run took.
  clock::duration end() noexcept {
    const auto now = last_end_ = ticks_now();
    const auto took = now - since_.load(std::memory_order_relaxed);
    since_.store(not_running, std::memory_order_release);
    // Only this thread writes to them, so no read-modify-write is needed.
    busy_.store(busy_.load(std::memory_order_relaxed) + took, std::memory_order_relaxed);
    if (took > longest_.load(std::memory_order_relaxed)) {
      longest_.store(took, std::memory_order_relaxed);
    }
    return clock::duration(took);
  }

  /// The loop does something else: the next run does not follow the last one.
  void interrupt() noexcept { last_end_ = not_running; }

 private:
  using ticks = clock::rep;
  static constexpr ticks not_running = 0;

  static ticks ticks_now() noexcept { return clock::now().time_since_epoch().count(); }

  std::atomic<key> actor_{0};
  std::atomic<ticks> since_{not_running};
  std::atomic<ticks> busy_{0};
  std::atomic<ticks> longest_{0};
  ticks busy_before_share_ = 0;
  ticks last_end_ = not_running;  ///< Of a run that another may follow.

  mutable std::mutex mutex_;
  std::map<key, std::string> names_;
  key last_key_ = 0;
};

}  // namespace dgram
