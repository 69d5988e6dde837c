/// Deadlines in order of time, at most one for each owner.
///
///   deadline_queue<state*> deadlines;
///   deadlines.set(s, clock::now() + 10ms);      // replaces an earlier one
///   while (auto due = deadlines.pop_due(clock::now())) (*due)->on_deadline();
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace dgram {

/// Used by one thread.
template <class Owner>
class deadline_queue {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  void set(Owner owner, time_point when) {
    cancel(owner);
    by_owner_.emplace(owner, when);
    by_time_.emplace(when, owner);
  }

  void cancel(Owner owner) {
    const auto found = by_owner_.find(owner);
    if (found == by_owner_.end()) return;
    by_time_.erase({found->second, owner});
    by_owner_.erase(found);
  }

  std::optional<time_point> next() const {
    if (by_time_.empty()) return std::nullopt;
    return by_time_.begin()->first;
  }

  /// Removes and returns the owner with the earliest deadline, if it is due.
  std::optional<Owner> pop_due(time_point now) {
    if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;
    const Owner owner = by_time_.begin()->second;
    cancel(owner);
    return owner;
  }

 private:
  std::unordered_map<Owner, time_point> by_owner_;
  std::set<std::pair<time_point, Owner>> by_time_;
};

}  // namespace dgram
