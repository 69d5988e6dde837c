/// Look-ups that a socket waits for: those of sends, which later commands overtake, and
/// that of a bind or connect, which holds later commands back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "caf/typed_event_based_actor.hpp"
#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/resolver.h"
#include "caf_dgram/actors/socket/hosted_actor.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"

namespace dgram {

/// Used on the socket's loop.
class name_waits {
 public:
  /// Called once per look-up, with the first address of the socket's family or an error.
  using answer = std::function<void(absl::StatusOr<endpoint>)>;

  struct limits {
    resolver_actor resolver;
    caf::timespan timeout;
    std::size_t sends = 0;  ///< Sends that may wait at a time.
  };

  name_waits(hosted_actor::base& self, family f, limits limits)
      : self_(self), family_(f), limits_(std::move(limits)) {}

  /// Whether one more send may wait. Errors: queue_full.
  absl::Status check_room(const char* operation, const located& where) const;

  /// Whether at most half of the sends that may wait do.
  bool is_half_empty() const noexcept { return waiting_.size() <= limits_.sends / 2; }

  /// Looks up the destination of one send. Errors: name_not_resolved, closed.
  void for_send(const char* operation, const located& where, answer done);

  /// Looks up the address of a bind or connect. Errors: name_not_resolved, closed.
  void for_command(const char* operation, const located& where, answer done);

  /// Whether a bind or connect waits.
  bool hold_commands() const noexcept { return holding_; }

  bool empty() const noexcept { return waiting_.empty(); }

  /// Fails all look-ups with `closed`.
  void abandon();

 private:
  struct question {
    const char* operation;
    located where;
    answer done;
  };

  void ask(question what);
  void answer_with(std::uint64_t key, absl::StatusOr<endpoint> found);
  absl::StatusOr<endpoint> pick(const question& what, const resolved& found) const;

  hosted_actor::base& self_;
  const family family_;
  limits limits_;
  // Kept here because CAF drops response handlers without calling them when the actor
  // ends.
  std::map<std::uint64_t, question> waiting_;
  std::uint64_t next_key_ = 0;
  bool holding_ = false;
};

}  // namespace dgram
