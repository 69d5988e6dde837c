/// Events that are to be acknowledged. CAF answers every request once its receiver
/// has handled it: with what the handler returned, with nothing, or with an error if
/// nobody handles it. So an event sent as a request is acknowledged by its answer, unless
/// that says that the receiver is gone, and the receiver's program does nothing for it.
#pragma once

#include <cstdint>
#include <optional>

#include "caf/actor.hpp"
#include "caf/error.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/message_id.hpp"
#include "caf/sec.hpp"
#include "caf_dgram/actors/compat/runner.h"
#include "caf_dgram/actors/compat/sending.h"

namespace dgram {

/// Whose event is acknowledged: the member of a group, 0 for a socket of its own,
/// and its count of them.
struct acknowledgement {
  std::uint32_t member = 0;
  std::uint64_t number = 0;
};

namespace internal {

// CAF counts an actor's own requests from 1 and has 60 bits for it: none of them
// has this one. Members have the 19 bits below it, numbers the other 40.
inline constexpr std::uint64_t acknowledgement_flag = std::uint64_t{1} << 59;
inline constexpr unsigned number_bits = 40;
inline constexpr std::uint64_t number_mask = (std::uint64_t{1} << number_bits) - 1;
inline constexpr std::uint64_t member_mask = (std::uint64_t{1} << 19) - 1;

}  // namespace internal

/// Sends an event that is acknowledged to `speaker`.
template <class Event>
void send_acknowledged(caf::strong_actor_ptr speaker, const caf::actor& to, Event event,
                       actor_runner* runs_on, acknowledgement by) {
  const auto id = internal::acknowledgement_flag |
                  (by.member & internal::member_mask) << internal::number_bits |
                  (by.number & internal::number_mask);
  to->enqueue(make_element(std::move(speaker), caf::make_message_id(id), std::move(event)),
              runs_on);
}

/// What a message acknowledges, if it is the answer to such an event.
inline std::optional<acknowledgement> acknowledgement_in(const caf::mailbox_element& element) {
  if (!element.mid.is_response()) return std::nullopt;
  const auto id = element.mid.request_id().integer_value();
  if ((id & internal::acknowledgement_flag) == 0) return std::nullopt;
  // From a receiver that ended before it handled the event.
  const auto& content = element.content();
  if (content.match_elements<caf::error>() &&
      content.get_as<caf::error>(0) == caf::sec::request_receiver_down) {
    return std::nullopt;
  }
  return acknowledgement{
      static_cast<std::uint32_t>(id >> internal::number_bits & internal::member_mask),
      id & internal::number_mask};
}

}  // namespace dgram
