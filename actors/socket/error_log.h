/// How a socket reports failures: counts by errno, answers, and error events.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/commands.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/event_budget.h"
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
  explicit error_log(subscribers& audience);

  /// Counts a failed system call.
  void count(int error) { ++counts_[error]; }

  /// By errno, in ascending order.
  const std::map<int, std::uint64_t>& counts() const noexcept { return counts_; }

  /// Publishes an error on behalf of itself and `withheld` others.
  void publish(const absl::Status& why, failed_command what, std::uint64_t withheld = 0);

  /// The same for an error that remote hosts can cause: rate limited, suppressed errors
  /// are only counted.
  void publish_within_budget(const absl::Status& why, failed_command what);

  /// Fails a command: answers the request, or publishes the error.
  template <class Result>
  void fail(reply<Result>& owed, const absl::Status& why, failed_command what) {
    if (owed.is_owed()) return owed.fail(to_error(why));
    publish(why, std::move(what));
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
  subscribers& audience_;
  std::map<int, std::uint64_t> counts_;
  event_budget budget_;
};

/// Many errors published as one, with the text of the first.
class first_error {
 public:
  /// Counts an error; `why` is called for the first only.
  template <class Why>
  void add(Why why, const char* operation) {
    if (count_++ > 0) return;
    first_ = why();
    operation_ = operation;
  }

  void publish_to(error_log& log) const {
    if (count_ > 0) log.publish(first_, {operation_, {}}, count_ - 1);
  }

 private:
  absl::Status first_;
  const char* operation_ = "";
  std::uint64_t count_ = 0;
};

}  // namespace dgram
