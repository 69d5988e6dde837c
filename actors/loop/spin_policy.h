/// Whether a thread that has run out of work should look around for a moment
/// before it sleeps: to be woken from an idle CPU costs more than the moment,
/// but only if work does come.
///
///   if (spinning.is_worthwhile()) look_around() ? spinning.paid_off() : spinning.was_in_vain();
#pragma once

#include <algorithm>

namespace dgram {

/// Spins every time as long as that pays off; each time in vain, it leaves out
/// about twice as many occasions before the next try, up to 63. Used by one thread.
class spin_policy {
 public:
  bool is_worthwhile() noexcept {
    if (left_out_ == 0) return true;
    --left_out_;
    return false;
  }

  void paid_off() noexcept { penalty_ = 0; }

  void was_in_vain() noexcept {
    penalty_ = std::min(2 * penalty_ + 1, max_penalty);
    left_out_ = penalty_;
  }

 private:
  static constexpr int max_penalty = 63;

  int penalty_ = 0;
  int left_out_ = 0;
};

}  // namespace dgram
