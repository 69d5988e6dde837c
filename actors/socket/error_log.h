/// How a socket reports failures: counts by errno, answers, and error events.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/event_budget.h"
#include "caf_dgram/actors/socket/part_owner.h"
#include "caf_dgram/actors/socket/reply.h"
#include "caf_dgram/actors/socket/subscribers.h"

namespace dgram {

/// The command that an `error_event` names.
struct failed_command {
  const char* operation = "";
  address destination;  ///< The address in the command, if it had one.
};

template <class Command>
failed_command failed(const Command&) {
  return {Command::operation, {}};
}
inline failed_command failed(const bind& command) { return {bind::operation, command.local}; }
inline failed_command failed(const connect& command) { return {connect::operation, command.peer}; }
inline failed_command failed(const send& command) { return {send::operation, command.to}; }

/// Used on the reporting actor's thread.
class error_log {
 public:
  using clock = std::chrono::steady_clock;

  /// `owner` is told when `next_report` has changed; null for actors that publish nothing
  /// within the budget.
  explicit error_log(subscribers& audience, part_owner* owner = nullptr);

  /// Counts a failed system call.
  void count(int error) { ++counts_[error]; }

  /// By errno, in ascending order.
  const std::map<int, std::uint64_t>& counts() const noexcept { return counts_; }

  /// Publishes an error on behalf of itself and `withheld` others.
  void publish(const absl::Status& why, failed_command what, std::uint64_t withheld = 0);

  /// The same for errors that remote hosts can cause, or that come with each datagram: rate
  /// limited. Errors that are withheld are told, as a number, with the next one or at
  /// `next_report`. `stands_for`: as many errors, at least 1.
  void publish_within_budget(const absl::Status& why, failed_command what,
                             std::uint64_t stands_for = 1);

  /// When withheld errors have to be told.
  std::optional<clock::time_point> next_report() const;

  /// Tells withheld errors, by the text of the last one; `at_the_end` whatever the rate.
  void report_withheld(bool at_the_end = false);

  /// Fails a command: answers the request, or publishes the error.
  template <class Result>
  void fail(reply<Result>& owed, const absl::Status& why, failed_command what) {
    if (owed.is_owed()) return owed.fail(to_error(why));
    publish(why, std::move(what));
  }

  /// The same for a command that sends.
  template <class Result>
  void fail_send(reply<Result>& owed, const absl::Status& why, failed_command what) {
    if (owed.is_owed()) return owed.fail(to_error(why));
    publish_within_budget(why, std::move(what));
  }

  /// Answers a command with its result, or fails it.
  template <class Result>
  void settle(reply<Result>& owed, absl::StatusOr<Result> result, failed_command what) {
    if (!result.ok()) return fail(owed, result.status(), std::move(what));
    owed.deliver(*std::move(result));
  }

  void settle(reply<void>& owed, const absl::Status& result, failed_command what) {
    if (!result.ok()) return fail(owed, result, std::move(what));
    owed.deliver();
  }

 private:
  struct error {
    absl::Status why;
    failed_command what;
  };

  subscribers& audience_;
  part_owner* owner_;
  std::map<int, std::uint64_t> counts_;
  event_budget budget_;
  std::optional<error> last_withheld_;
};

/// Many errors published as one, with the text of the first.
class first_error {
 public:
  /// Counts errors, one for each of `datagrams`; `why` is called for the first only.
  template <class Why>
  void add(Why why, const char* operation, std::uint64_t datagrams = 1) {
    if (std::exchange(count_, count_ + datagrams) > 0) return;
    first_ = why();
    operation_ = operation;
  }

  void publish_to(error_log& log) const {
    if (count_ > 0) log.publish(first_, {operation_, {}}, count_ - 1);
  }

  std::uint64_t count() const noexcept { return count_; }

 private:
  absl::Status first_;
  const char* operation_ = "";
  std::uint64_t count_ = 0;
};

}  // namespace dgram
