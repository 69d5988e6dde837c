/// Outgoing datagrams, first in, first out, in memory that the next ones reuse.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "caf_dgram/actors/socket/outgoing.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/ip_address.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

class outgoing_queue {
 public:
  bool empty() const noexcept { return first_ == entries_.size(); }
  std::size_t size() const noexcept { return entries_.size() - first_; }

  /// The entry with that index, counted from the front.
  const outgoing& operator[](std::size_t index) const noexcept { return entries_[first_ + index]; }
  outgoing& operator[](std::size_t index) noexcept { return entries_[first_ + index]; }

  outgoing& front() noexcept { return entries_[first_]; }

  void push(outgoing&& what) {
    make_room();
    entries_.push_back(std::move(what));
  }

  /// The same for a datagram that nobody is told of, made in place. `to` is null for the connected
  /// peer.
  void push_plain(payload&& data, const endpoint* to, const ip_address& from) {
    make_room();
    auto& added = entries_.emplace_back();
    added.segment_size = data.size();
    added.data = std::move(data);
    if (to != nullptr) added.to = *to;
    added.from = from;
  }

  void pop_front() {
    front().release();
    if (++first_ < entries_.size()) return;
    first_ = 0;
    largest_ = entries_.size();
    if (entries_.capacity() > kept_capacity) {
      // An assignment of {} would keep the memory.
      std::vector<outgoing>().swap(entries_);
    } else {
      entries_.clear();
    }
  }

  /// Moves all entries to the back of `into`.
  void move_to(std::vector<outgoing>& into) {
    for (auto i = first_; i < entries_.size(); ++i) into.push_back(std::move(entries_[i]));
    std::vector<outgoing>().swap(entries_);
    first_ = 0;
  }

  /// Entries that there is memory for.
  std::size_t capacity() const noexcept { return entries_.capacity(); }

 private:
  /// Capacity that an emptied queue keeps.
  static constexpr std::size_t kept_capacity = 256;

  /// The most that a queue takes memory for because it needed as much before.
  static constexpr std::size_t expected_capacity = 4096;

  void make_room() {
    // A queue that never runs empty gives the memory of what left back.
    if (first_ > kept_capacity && 2 * first_ > entries_.size()) {
      entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    // Senders repeat themselves: entries need not move again while a queue grows as it did before.
    const auto expected = std::min(largest_, expected_capacity);
    if (entries_.size() == entries_.capacity() && entries_.size() < expected) {
      entries_.reserve(expected);
    }
  }

  std::vector<outgoing> entries_;
  std::size_t first_ = 0;    ///< Index of the front; earlier entries are gone.
  std::size_t largest_ = 0;  ///< Size of the vector when the queue last ran empty.
};

}  // namespace dgram
