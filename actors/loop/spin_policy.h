/// Decides whether a thread that has run out of work should poll for a moment before
/// it sleeps. Waking up an idle CPU costs more than polling does, but only if work
/// arrives.
///
///   if (spinning.is_worthwhile()) poll() ? spinning.found_work() : spinning.found_nothing();
#pragma once

#include <algorithm>

namespace dgram {

/// Recommends polling every time while it finds work. Each time it finds nothing, about
/// twice as many occasions are skipped before the next try, up to 63. Used by one thread.
class spin_policy {
 public:
  bool is_worthwhile() noexcept {
    if (skipped_ == 0) return true;
    --skipped_;
    return false;
  }

  void found_work() noexcept { penalty_ = 0; }

  void found_nothing() noexcept {
    penalty_ = std::min(2 * penalty_ + 1, max_penalty);
    skipped_ = penalty_;
  }

 private:
  static constexpr int max_penalty = 63;

  int penalty_ = 0;
  int skipped_ = 0;
};

}  // namespace dgram
