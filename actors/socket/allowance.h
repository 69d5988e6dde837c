/// Flow control for one subscriber: credits, backlog and losses. Independent of CAF.
///
///   allowance a({10, excess::lose_oldest, 1000});
///   batch now = a.offer(std::move(datagrams));           // at most ten of them
///   a.grant(5);
///   batch later = a.release();
#pragma once

#include <cstddef>
#include <cstdint>

#include "caf_dgram/actors/excess.h"
#include "caf_dgram/actors/socket/acknowledged_window.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/memory/backlog.h"

namespace dgram {

class allowance {
 public:
  /// Credits without end.
  static constexpr std::int64_t unlimited = unlimited_credits;

  struct terms {
    std::int64_t credits = unlimited;  ///< Datagrams.
    excess beyond = excess::pause;
    std::size_t backlog = 0;  ///< Datagrams kept where the excess is lost.
  };

  allowance() = default;
  explicit allowance(const terms& given) : terms_(given) {}

  /// Replaces the terms; what waits goes on waiting.
  void renew(const terms& given) noexcept { terms_ = given; }

  /// What passes must be counted in this window, and passes while it is open.
  acknowledged_window& window() noexcept { return window_; }
  const acknowledged_window& window() const noexcept { return window_; }

  // -- properties -------------------------------------------------------------

  /// No limit of any kind: everything passes at once.
  bool is_plain() const noexcept { return !is_limited() && !loses() && !window_.is_limited(); }

  bool loses() const noexcept { return terms_.beyond != excess::pause; }

  /// Gets nothing until it grants more.
  bool is_exhausted() const noexcept { return terms_.credits == 0; }

  /// Gets nothing until it grants or acknowledges more.
  bool is_blocked() const noexcept { return is_exhausted() || !window_.is_open(); }

  /// The socket must not read on.
  bool holds_up() const noexcept { return !loses() && is_blocked(); }

  bool is_limited() const noexcept { return terms_.credits != unlimited; }

  std::int64_t credits() const noexcept { return terms_.credits; }
  std::size_t waiting() const noexcept { return waiting_.size(); }

  /// Datagrams, from the start.
  std::uint64_t passed() const noexcept { return passed_; }
  std::uint64_t lost() const noexcept { return lost_; }

  // -- datagrams --------------------------------------------------------------

  /// Takes in what has come and returns what may pass now. Then `trim` says what
  /// is lost of the rest.
  batch offer(batch datagrams);

  /// What may pass now of what waits.
  batch release();

  /// Loses what is too much for the backlog, and more while `is_full()` says that
  /// the subscriber holds too much memory.
  template <class IsFull>
  void trim(IsFull is_full) {
    if (!loses()) return;
    if (waiting() > terms_.backlog) lose(waiting() - terms_.backlog);
    while (!waiting_.empty() && is_full()) lose(1);
  }

  /// Whether incoming datagrams must be dropped outright. `is_full`: the subscriber holds
  /// too much memory.
  bool must_refuse(bool is_full) const noexcept {
    return is_full && loses() && (terms_.beyond == excess::lose_newest || waiting_.empty());
  }

  /// Loses all that comes in.
  void refuse(const batch& datagrams) noexcept { lost_ += datagrams.size(); }

  /// Takes out what waits, and puts it back in another form.
  batch take_waiting() { return waiting_.take(waiting()); }
  void keep_waiting(const batch& datagrams) { waiting_.add(datagrams); }

  /// Loses all that waits.
  void abandon();

  /// Counts what passed by.
  void count_passed(std::uint64_t datagrams) noexcept {
    passed_ += datagrams;
    passed_since_report_ = passed_since_report_ || datagrams > 0;
  }

  /// Adds credits, above 0.
  void grant(std::int64_t credits) noexcept;

  /// How many were lost since the last call.
  std::uint64_t take_unreported() noexcept;

  bool has_unreported() const noexcept { return reported_ < lost_; }

  /// The first loss since something passed. Further ones are reported together when
  /// something passes again.
  bool is_due_to_report() const noexcept { return has_unreported() && passed_since_report_; }

 private:
  void lose(std::size_t count);
  batch pass(batch datagrams) noexcept;

  terms terms_;
  acknowledged_window window_;
  backlog waiting_;
  std::uint64_t passed_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t reported_ = 0;
  bool passed_since_report_ = true;
};

}  // namespace dgram
