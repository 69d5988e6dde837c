/// The events of a bus, on one page.
///
/// Each is an asynchronous message whose sender is the bus. A subscriber gets the kinds that it
/// asked for (`subscribe_channels::events`), among them these events of sockets: `passive_event`
/// and `overrun_event` for each of its subscriptions, `error_event`, `drain_event` and
/// `kernel_drop_event` for the bus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "caf_dgram/actors/bus/statistics.h"
#include "caf_dgram/actors/compat/bus_type_ids.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/inspect.h"
#include "caf_dgram/actors/inspect_values.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/lcm/loss_place.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram::lcm {

// CAF looks for the way to inspect an enumeration in its own namespace.
using dgram::inspect;

}  // namespace dgram::lcm

namespace dgram {

/// A message that came, seen where its datagram lies.
class channel_message {
 public:
  explicit channel_message(std::string_view datagram) noexcept;

  std::string_view channel() const noexcept { return channel_; }
  std::string_view bytes() const noexcept { return bytes_; }

  /// Counts the sender's messages, modulo 2^32.
  std::uint32_t sequence() const noexcept { return sequence_; }

 private:
  std::string_view channel_;
  std::string_view bytes_;
  std::uint32_t sequence_ = 0;
};

/// A message was published on a channel that the subscription's pattern matches.
struct channel_message_event {
  static constexpr auto kind = event_kinds::datagrams;

  payload datagram;  ///< As a short message of LCM, whatever the length.
  endpoint sender;

  std::string_view channel() const noexcept { return seen().channel(); }
  std::string_view bytes() const noexcept { return seen().bytes(); }
  std::uint32_t sequence() const noexcept { return seen().sequence(); }

  /// The bytes, valid beyond the event's life; not copied.
  payload data() const {
    const auto length = bytes().size();
    return datagram.slice(datagram.size() - length, length);
  }

  channel_message seen() const noexcept { return channel_message(datagram.view()); }

  static constexpr const char* type_name = "dgram::channel_message_event";
  static constexpr auto fields() {
    return field_list(field{"datagram", &channel_message_event::datagram},
                      field{"sender", &channel_message_event::sender});
  }
};

/// One or more messages, in the order of arrival. Each is a datagram in the form of a short message
/// of LCM, whatever the length, and has its sender as peer.
///
///   for (const auto& each : event.datagrams) {
///     const dgram::channel_message message(each.bytes);
///     use(message.channel(), message.bytes(), *each.peer);
///   }
struct channel_batch_event {
  static constexpr auto kind = event_kinds::datagrams;

  batch datagrams;

  static constexpr const char* type_name = "dgram::channel_batch_event";
  static constexpr auto fields() {
    return field_list(field{"datagrams", &channel_batch_event::datagrams});
  }
};

/// Messages of one sender that it sent and that will never be delivered, whatever their channel.
/// A gap is told once later messages, or a heartbeat, have come for `bus_options::patience`. At
/// most 1,000 at once and 1,000 a second are published; `bus_statistics` counts all.
struct message_loss_event {
  static constexpr auto kind = event_kinds::losses;

  endpoint sender;
  lcm::loss_place place = lcm::loss_place::network;
  std::uint32_t first = 0;  ///< Their numbers, modulo 2^32.
  std::uint32_t last = 0;
  std::string channel = {};    ///< Of a single message whose first fragment came; else empty.
  std::uint64_t withheld = 0;  ///< Further lost messages, of any sender, that this stands for.

  static constexpr const char* type_name = "dgram::message_loss_event";
  static constexpr auto fields() {
    return field_list(
        field{"sender", &message_loss_event::sender}, field{"place", &message_loss_event::place},
        field{"first", &message_loss_event::first}, field{"last", &message_loss_event::last},
        field{"channel", &message_loss_event::channel},
        field{"withheld", &message_loss_event::withheld});
  }
};

/// The bus is closed; no event follows.
struct bus_close_event {
  static constexpr auto kind = event_kinds::close;

  caf::error reason;  ///< Empty after `close`, otherwise the actor's exit reason.

  static constexpr const char* type_name = "dgram::bus_close_event";
  static constexpr auto fields() { return field_list(field{"reason", &bus_close_event::reason}); }
};

using all_bus_events =
    message_list<channel_message_event, channel_batch_event, message_loss_event, bus_close_event>;

}  // namespace dgram
