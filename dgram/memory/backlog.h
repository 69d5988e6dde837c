/// Datagrams queued for a reader that is not ready for them, in order.
///
///   backlog waiting;
///   waiting.add(datagrams);
///   batch some = waiting.take(10);              // the oldest ten
///   waiting.drop_oldest(5);
#pragma once

#include <cstddef>
#include <list>

#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

class backlog {
 public:
  /// Appends all datagrams.
  void add(const batch& datagrams);

  /// Number of datagrams.
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }

  /// Removes and returns the oldest datagrams, at most `at_most`.
  batch take(std::size_t at_most);

  /// How many of the oldest datagrams begin within `bytes` if each takes `overhead`
  /// beside its own bytes.
  std::size_t count_within(std::size_t bytes, std::size_t overhead) const noexcept;

  /// Removes the oldest or the newest datagrams. Precondition: `count` <=
  /// `size()`.
  void drop_oldest(std::size_t count);
  void drop_newest(std::size_t count);

  void clear() noexcept {
    runs_.clear();
    count_ = 0;
  }

 private:
  struct run {
    payload bytes;
    std::size_t segment_size;
    std::size_t size;  ///< As in datagram_run.
    datagram_ends ends;

    std::size_t count() const noexcept { return segment_count(bytes.size(), segment_size); }
  };

  std::list<run> runs_;  ///< Unlike a std::deque, it has no memory while it is empty.
  std::size_t count_ = 0;
};

}  // namespace dgram
