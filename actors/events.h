/// The events of a socket, on one page.
///
/// Each is an asynchronous message whose sender is the socket. A subscriber gets the
/// kinds that it asked for (`subscribe::events`).
#pragma once

#include <cstdint>
#include <string>

#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/inspect.h"
#include "caf_dgram/actors/inspect_values.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/ip_address.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

// -- kinds --------------------------------------------------------------------

/// A set of kinds of event.
enum class event_kinds : std::uint8_t {
  none = 0,
  datagrams = 1,   ///< message_event, batch_event, passive_event.
  errors = 2,      ///< error_event.
  close = 4,       ///< close_event.
  life_cycle = 8,  ///< listening_event, connect_event, disconnect_event.
  losses = 16,     ///< overrun_event, kernel_drop_event, drain_event.
  all = 31,
};

constexpr event_kinds operator|(event_kinds a, event_kinds b) noexcept {
  return static_cast<event_kinds>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

constexpr event_kinds operator&(event_kinds a, event_kinds b) noexcept {
  return static_cast<event_kinds>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}

/// All kinds that are not in the set.
constexpr event_kinds operator~(event_kinds a) noexcept {
  return static_cast<event_kinds>(~static_cast<unsigned>(a) &
                                  static_cast<unsigned>(event_kinds::all));
}

/// Whether the set has every kind of `wanted`.
constexpr bool includes(event_kinds set, event_kinds wanted) noexcept {
  return (set & wanted) == wanted;
}

/// What a subscriber gets unless it asks for other kinds.
constexpr event_kinds default_events =
    event_kinds::datagrams | event_kinds::errors | event_kinds::close;

/// "datagrams|errors", "none" or "all"; undefined bits print as "unknown".
std::string to_string(event_kinds set);

// -- datagrams ----------------------------------------------------------------

/// A datagram was received.
struct message_event {
  static constexpr auto kind = event_kinds::datagrams;

  payload data;
  endpoint sender;         ///< Unnamed for a Unix socket that is not bound.
  std::uint64_t size = 0;  ///< Its real size; larger than `data` if it was truncated.

  /// The local address that it was sent to, if the socket is bound to all of them; then an
  /// answer has to leave from it (`send::source`). Of an IPv4 broadcast or multicast, that of
  /// the interface; of an IPv6 multicast none.
  ip_address local = {};

  static constexpr const char* type_name = "dgram::message_event";
  static constexpr auto fields() {
    return field_list(field{"data", &message_event::data}, field{"sender", &message_event::sender},
                      field{"size", &message_event::size}, field{"local", &message_event::local});
  }
};

/// One or more datagrams were received, in the order of arrival.
struct batch_event {
  static constexpr auto kind = event_kinds::datagrams;

  batch datagrams;  ///< Each with its sender, and its local address as in `message_event`.

  static constexpr const char* type_name = "dgram::batch_event";
  static constexpr auto fields() { return field_list(field{"datagrams", &batch_event::datagrams}); }
};

/// The subscriber's credits are used up: it gets no datagrams until it grants more.
struct passive_event {
  static constexpr auto kind = event_kinds::datagrams;

  static constexpr const char* type_name = "dgram::passive_event";
  static constexpr auto fields() { return field_list(); }
};

// -- errors -------------------------------------------------------------------

/// An error with no request to answer. Errors that remote hosts can trigger, and those of
/// asynchronous sends, are rate limited (burst 10, then 10/s). A socket that ends reports the
/// asynchronous commands left in its mailbox in one event for each operation, and unsent datagrams
/// in one.
struct error_event {
  static constexpr auto kind = event_kinds::errors;

  caf::error reason;
  std::uint64_t withheld = 0;  ///< Further errors that this event stands for.
  std::string operation = {};  ///< The command that failed, as `send::operation`; empty if none.
  address destination = {};    ///< The address in that command, if it had one.

  static constexpr const char* type_name = "dgram::error_event";
  static constexpr auto fields() {
    return field_list(field{"reason", &error_event::reason},
                      field{"withheld", &error_event::withheld},
                      field{"operation", &error_event::operation},
                      field{"destination", &error_event::destination});
  }
};

// -- close --------------------------------------------------------------------

/// The socket is closed; no event follows.
struct close_event {
  static constexpr auto kind = event_kinds::close;

  caf::error reason;        ///< Empty after `close`, otherwise the actor's exit reason.
  statistics counted = {};  ///< Its last counts, without `subscribers`.

  static constexpr const char* type_name = "dgram::close_event";
  static constexpr auto fields() {
    return field_list(field{"reason", &close_event::reason},
                      field{"counted", &close_event::counted});
  }
};

// -- life cycle ---------------------------------------------------------------

/// The socket was bound and receives.
struct listening_event {
  static constexpr auto kind = event_kinds::life_cycle;

  endpoint local;

  static constexpr const char* type_name = "dgram::listening_event";
  static constexpr auto fields() { return field_list(field{"local", &listening_event::local}); }
};

/// The socket was connected.
struct connect_event {
  static constexpr auto kind = event_kinds::life_cycle;

  endpoint peer;

  static constexpr const char* type_name = "dgram::connect_event";
  static constexpr auto fields() { return field_list(field{"peer", &connect_event::peer}); }
};

/// The kernel has dropped the peer of a connected Unix socket, since that closed (Linux).
/// The socket is not connected any more: it receives from anyone.
struct disconnect_event {
  static constexpr auto kind = event_kinds::life_cycle;

  endpoint peer;

  static constexpr const char* type_name = "dgram::disconnect_event";
  static constexpr auto fields() { return field_list(field{"peer", &disconnect_event::peer}); }
};

// -- losses -------------------------------------------------------------------

/// The subscriber lost datagrams because it was too slow.
struct overrun_event {
  static constexpr auto kind = event_kinds::losses;

  std::uint64_t lost = 0;   ///< Since the previous event.
  std::uint64_t total = 0;  ///< Since it subscribed.

  static constexpr const char* type_name = "dgram::overrun_event";
  static constexpr auto fields() {
    return field_list(field{"lost", &overrun_event::lost}, field{"total", &overrun_event::total});
  }
};

/// The kernel dropped incoming datagrams for lack of room. Published at most ten times a
/// second, with exponential back-off while the socket is paused. Each member of a group
/// publishes its own. `dropped` is 0 where the kernel does not tell the number: when a Unix
/// socket loses its peer while datagrams wait to be read (Linux drops them), and when a socket
/// closes before it has read all.
struct kernel_drop_event {
  static constexpr auto kind = event_kinds::losses;

  std::uint64_t dropped = 0;  ///< Kernel buffers since the previous event; with
                              ///< `receive_offload` one may hold several datagrams.
  std::uint64_t total = 0;

  static constexpr const char* type_name = "dgram::kernel_drop_event";
  static constexpr auto fields() {
    return field_list(field{"dropped", &kernel_drop_event::dropped},
                      field{"total", &kernel_drop_event::total});
  }
};

/// A full send queue (or mailbox) has drained to half its limit, or the socket
/// ends. Each member of a group publishes its own.
struct drain_event {
  static constexpr auto kind = event_kinds::losses;

  std::uint64_t dropped = 0;  ///< Datagrams of asynchronous sends refused in the meantime.

  static constexpr const char* type_name = "dgram::drain_event";
  static constexpr auto fields() { return field_list(field{"dropped", &drain_event::dropped}); }
};

// -- list ---------------------------------------------------------------------

using all_events = message_list<message_event, batch_event, passive_event, error_event, close_event,
                                listening_event, connect_event, disconnect_event, overrun_event,
                                kernel_drop_event, drain_event>;

}  // namespace dgram
