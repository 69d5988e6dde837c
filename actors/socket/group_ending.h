/// Makes a group's `close_event` its last event, no matter in which order the group and
/// its members end.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "caf/error.hpp"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/statistics.h"

namespace dgram {

/// Shared by the group and its members. Any thread.
class group_ending {
 public:
  explicit group_ending(std::size_t participants) : left_(participants) {}

  /// Records why the group ends; only the first error is kept.
  void note(const caf::error& reason) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (!reason_) reason_ = reason;
  }

  /// Called by a participant that has published everything but the group's end, with what
  /// it counted. Returns the end to the last one, which has to publish it.
  std::optional<close_event> leave(const caf::error& reason, const statistics& counted) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (!reason_) reason_ = reason;
    add(total_, counted);
    if (--left_ > 0) return std::nullopt;
    return close_event{reason_, std::move(total_)};
  }

 private:
  std::mutex mutex_;
  std::size_t left_;
  caf::error reason_;
  statistics total_;
};

}  // namespace dgram
