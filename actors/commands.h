/// The commands of a socket actor, on one page.
///
/// Any actor may send them. A request is answered with the command's `answer` or an
/// error. An asynchronous command is not answered; subscribers get its error as an
/// `error_event`. Besides the errors named here, every command fails with `closed` once
/// the socket is closed.
///
/// `operation` is a command's name in error texts.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "caf/actor.hpp"
#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/excess.h"
#include "caf_dgram/actors/inspect.h"
#include "caf_dgram/actors/inspect_values.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/ip_address.h"
#include "caf_dgram/dgram/network_interface.h"
#include "caf_dgram/dgram/option.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

// -- addresses ----------------------------------------------------------------

/// Binds the socket to a local address: an endpoint, a port, an address and a port, a
/// path, or for UDP nothing (the wildcard and a port chosen by the kernel).
/// Answer: the endpoint bound. Then: `listening_event`.
/// Fails: already_bound, invalid_*, wrong_family, name_not_resolved, errno.
struct bind {
  static constexpr const char* operation = "bind";
  using answer = endpoint;

  address local;
  bool replace_stale_path = false;  ///< Take over a Unix path on which no socket listens.

  static constexpr const char* type_name = "dgram::bind";
  static constexpr auto fields() {
    return field_list(field{"local", &bind::local},
                      field{"replace_stale_path", &bind::replace_stale_path});
  }
};

/// Sets the only peer to send to and receive from; binds an unbound UDP socket.
/// Answer: the peer's endpoint. Then: `connect_event`.
/// Fails: already_connected, invalid_*, wrong_family, name_not_resolved, errno.
struct connect {
  static constexpr const char* operation = "connect";
  using answer = endpoint;

  address peer;

  static constexpr const char* type_name = "dgram::connect";
  static constexpr auto fields() { return field_list(field{"peer", &connect::peer}); }
};

/// Removes the peer; the local port stays. Answer: nothing. Fails: not_connected, errno; after
/// an errno the socket may be unbound.
struct disconnect {
  static constexpr const char* operation = "disconnect";
  using answer = void;

  static constexpr const char* type_name = "dgram::disconnect";
  static constexpr auto fields() { return field_list(); }
};

/// Answer: the local endpoint. Fails: not_bound.
struct get_local_address {
  static constexpr const char* operation = "get local address";
  using answer = endpoint;

  static constexpr const char* type_name = "dgram::get_local_address";
  static constexpr auto fields() { return field_list(); }
};

/// Answer: the connected peer's endpoint. Fails: not_connected.
struct get_remote_address {
  static constexpr const char* operation = "get remote address";
  using answer = endpoint;

  static constexpr const char* type_name = "dgram::get_remote_address";
  static constexpr auto fields() { return field_list(); }
};

/// Sends accepted datagrams, within the runtime's linger time, then closes the socket.
/// Answer: nothing, once closed; further closes get the same answer.
/// Then: `close_event`, the last event.
struct close {
  static constexpr const char* operation = "close";
  using answer = void;

  static constexpr const char* type_name = "dgram::close";
  static constexpr auto fields() { return field_list(); }
};

// -- datagrams ----------------------------------------------------------------

/// Sends one datagram: a payload, a part of one, or several gathered into one.
/// Without a destination it goes to the connected peer. Binds an unbound UDP
/// socket. Datagrams to numeric addresses leave in order; they overtake those that
/// wait for a host name.
/// Answer: the bytes handed to the kernel.
/// Fails: not_connected (no destination), already_connected (another destination than
/// the peer of a connected socket), out_of_range (offset, length), payload_too_large,
/// queue_full (the send queue has reached its limits, or too many sends wait for
/// names), invalid_*, wrong_family, already_bound (a source other than the one address of
/// the socket), unsupported (a source where the system has no way to choose it),
/// name_not_resolved, errno. Asynchronous sends that find the
/// queue full are reported by one `error_event`, and by a `drain_event` once there
/// is room.
struct send {
  static constexpr const char* operation = "send";
  using answer = std::uint64_t;

  static constexpr std::int64_t whole = -1;

  send() = default;
  explicit send(payload data, address to = {}) : data(std::move(data)), to(std::move(to)) {}
  send(payload data, std::string host, std::int64_t port)
      : data(std::move(data)), to(std::move(host), port) {}
  send(payload data, std::int64_t offset, std::int64_t length, address to = {})
      : data(std::move(data)), offset(offset), length(length), to(std::move(to)) {}
  explicit send(std::vector<payload> buffers, address to = {})
      : buffers(std::move(buffers)), to(std::move(to)) {}

  /// An answer to the sender of a datagram, from the address that this was sent to.
  // A template, so that `{}` is an address.
  template <class Event, class = std::enable_if_t<std::is_same_v<Event, message_event>>>
  send(payload data, const Event& to) : data(std::move(data)), to(to.sender), source(to.local) {}

  payload data;                  ///< Unless `buffers` holds the datagram.
  std::vector<payload> buffers;  ///< Gathered in order by the kernel, at most 1024.
  std::int64_t offset = 0;       ///< Of `data`, in bytes.
  std::int64_t length = whole;   ///< Of the part of `data` to send, in bytes.
  address to;

  /// The local address that it leaves from, of the destination's family and with its scope if
  /// it is link-local; by default the socket's own, or where that is bound to all, the one that
  /// the routes prefer (IP_PKTINFO, ip(7); IPV6_PKTINFO, ipv6(7)).
  ip_address source = {};

  static constexpr const char* type_name = "dgram::send";
  static constexpr auto fields() {
    return field_list(field{"data", &send::data}, field{"buffers", &send::buffers},
                      field{"offset", &send::offset}, field{"length", &send::length},
                      field{"to", &send::to}, field{"source", &send::source});
  }
};

/// The outcome of a `send_batch`. For an asynchronous one, a single `error_event`
/// reports all refusals.
struct batch_result {
  std::uint64_t sent = 0;     ///< Datagrams handed to the kernel.
  std::uint64_t bytes = 0;    ///< Their payload bytes.
  std::uint64_t refused = 0;  ///< Datagrams that were not sent.
  caf::error reason;          ///< Why the first of these was not.

  static constexpr const char* type_name = "dgram::batch_result";
  static constexpr auto fields() {
    return field_list(field{"sent", &batch_result::sent}, field{"bytes", &batch_result::bytes},
                      field{"refused", &batch_result::refused},
                      field{"reason", &batch_result::reason});
  }
};

/// Sends many datagrams in order, each with its own destination or none. Fastest
/// when datagrams have equal size and destination, especially when they are slices
/// of one buffer (`batch::add_segments`). A received batch can be sent back to its
/// senders as it is. Through a socket that is bound to all addresses it leaves from
/// those that it was sent to, which have to be this host's; others send from their own.
/// Answer: batch_result, once the outcome of every datagram is known. Invalid
/// datagrams are refused with the errors of `send`; the others are sent.
struct send_batch {
  static constexpr const char* operation = "send batch";
  using answer = batch_result;

  batch datagrams;

  static constexpr const char* type_name = "dgram::send_batch";
  static constexpr auto fields() { return field_list(field{"datagrams", &send_batch::datagrams}); }
};

// -- options ------------------------------------------------------------------

/// Sets an option of the table in docs/features.md. Answer: nothing.
/// Fails: wrong_type, out_of_range, unsupported_option, unknown_interface, errno.
struct set_option {
  static constexpr const char* operation = "set option";
  using answer = void;

  option id;
  option_value value;

  static constexpr const char* type_name = "dgram::set_option";
  static constexpr auto fields() {
    return field_list(field{"id", &set_option::id}, field{"value", &set_option::value});
  }
};

/// Answer: option_value. Fails: unsupported_option, errno.
struct get_option {
  static constexpr const char* operation = "get option";
  using answer = option_value;

  option id;

  static constexpr const char* type_name = "dgram::get_option";
  static constexpr auto fields() { return field_list(field{"id", &get_option::id}); }
};

/// Short for set_option{option::broadcast, …}.
struct set_broadcast {
  static constexpr const char* operation = "set broadcast";
  using answer = void;

  bool enabled;

  static constexpr const char* type_name = "dgram::set_broadcast";
  static constexpr auto fields() { return field_list(field{"enabled", &set_broadcast::enabled}); }
};

/// Short for set_option{option::ttl, …}: 1 to 255.
struct set_ttl {
  static constexpr const char* operation = "set ttl";
  using answer = void;

  std::int64_t ttl;

  static constexpr const char* type_name = "dgram::set_ttl";
  static constexpr auto fields() { return field_list(field{"ttl", &set_ttl::ttl}); }
};

/// Short for set_option{option::multicast_ttl, …}: 0 to 255. With 0, Linux still sends to the
/// network where this host has no member of the group.
struct set_multicast_ttl {
  static constexpr const char* operation = "set multicast_ttl";
  using answer = void;

  std::int64_t ttl;

  static constexpr const char* type_name = "dgram::set_multicast_ttl";
  static constexpr auto fields() { return field_list(field{"ttl", &set_multicast_ttl::ttl}); }
};

/// Short for set_option{option::multicast_loopback, …}.
struct set_multicast_loopback {
  static constexpr const char* operation = "set multicast_loopback";
  using answer = void;

  bool enabled;

  static constexpr const char* type_name = "dgram::set_multicast_loopback";
  static constexpr auto fields() {
    return field_list(field{"enabled", &set_multicast_loopback::enabled});
  }
};

/// Short for set_option{option::multicast_interface, …}.
struct set_multicast_interface {
  static constexpr const char* operation = "set multicast_interface";
  using answer = void;

  interface_selector interface;

  static constexpr const char* type_name = "dgram::set_multicast_interface";
  static constexpr auto fields() {
    return field_list(field{"interface", &set_multicast_interface::interface});
  }
};

// -- multicast membership -----------------------------------------------------

/// An interface on which a membership command failed.
struct membership_refusal {
  std::uint32_t interface = 0;  ///< Its index.
  caf::error reason;

  static constexpr const char* type_name = "dgram::membership_refusal";
  static constexpr auto fields() {
    return field_list(field{"interface", &membership_refusal::interface},
                      field{"reason", &membership_refusal::reason});
  }
};

/// Where a membership command took effect, and where not.
struct membership {
  /// Indexes of interfaces. 0 stands for the kernel's choice where it does not tell.
  std::vector<std::uint32_t> interfaces;

  /// Of several interfaces, those that the kernel refused. If it refuses all, the command
  /// fails.
  std::vector<membership_refusal> refused = {};

  static constexpr const char* type_name = "dgram::membership";
  static constexpr auto fields() {
    return field_list(field{"interfaces", &membership::interfaces},
                      field{"refused", &membership::refused});
  }
};

/// Joins a multicast group on one interface, or on all that support it.
/// Answer: membership. Fails: invalid_address, wrong_family, unknown_interface, errno.
struct add_membership {
  static constexpr const char* operation = "add membership";
  using answer = membership;

  std::string group;  ///< "239.1.2.3", "ff02::1%eth0"
  interface_selector interface;

  static constexpr const char* type_name = "dgram::add_membership";
  static constexpr auto fields() {
    return field_list(field{"group", &add_membership::group},
                      field{"interface", &add_membership::interface});
  }
};

/// Leaves a group where it was joined. Answer: membership.
/// Fails: as above, and not_a_member.
struct drop_membership {
  static constexpr const char* operation = "drop membership";
  using answer = membership;

  std::string group;
  interface_selector interface;

  static constexpr const char* type_name = "dgram::drop_membership";
  static constexpr auto fields() {
    return field_list(field{"group", &drop_membership::group},
                      field{"interface", &drop_membership::interface});
  }
};

// -- subscribers --------------------------------------------------------------

/// How a subscriber gets datagrams.
enum class delivery : std::uint8_t {
  single,   ///< One `message_event` for each.
  batched,  ///< One `batch_event` for all that arrived together.
};

/// The enumerator's name.
constexpr const char* to_string(delivery way) noexcept {
  switch (way) {
    case delivery::single:
      return "single";
    case delivery::batched:
      return "batched";
  }
  return "unknown delivery";
}

/// Adds a subscriber, or replaces the terms of one. A subscriber that ends is removed.
///
/// While subscribers hold all the memory that the socket may use
/// (`open_options::receive_memory`), it does not read. With credits, a subscriber gets
/// that many datagrams, then a `passive_event`, and further ones after a `grant`. Until
/// then the socket pauses, or the subscriber loses the excess. A subscriber that may
/// lose datagrams has a memory limit of its own, as large as the socket's, so that a
/// slow one does not affect the others. A subscriber that pauses stops the socket for
/// all subscribers. `overrun_event` reports losses.
/// Answer: nothing. Fails: invalid_subscriber, out_of_range (credits, backlog),
/// unsupported (credits or losing, of a group), not_registered (`add_message_types`,
/// for a subscriber on another node). Such a one holds at most
/// `open_options::remote_unacknowledged` bytes of events.
struct subscribe {
  static constexpr const char* operation = "subscribe";
  using answer = void;

  static constexpr std::int64_t unlimited = unlimited_credits;
  static constexpr std::int64_t default_backlog = 1024;

  any_actor subscriber;
  delivery datagrams = delivery::single;
  std::int64_t credits = unlimited;        ///< Datagrams, 0 or more.
  excess beyond = excess::pause;           ///< What becomes of datagrams beyond the credits.
  std::int64_t backlog = default_backlog;  ///< Datagrams kept where the excess is lost.
  event_kinds events = default_events;     ///< Other events are not sent to it.

  static constexpr const char* type_name = "dgram::subscribe";
  static constexpr auto fields() {
    return field_list(field{"subscriber", &subscribe::subscriber},
                      field{"datagrams", &subscribe::datagrams},
                      field{"credits", &subscribe::credits}, field{"beyond", &subscribe::beyond},
                      field{"backlog", &subscribe::backlog}, field{"events", &subscribe::events});
  }
};

/// Gives a subscriber additional credits, at least 1. No effect on unlimited credits.
/// Answer: nothing. Fails: invalid_subscriber (not subscribed), out_of_range.
struct grant {
  static constexpr const char* operation = "grant";
  using answer = void;

  any_actor subscriber;
  std::int64_t credits = 1;

  static constexpr const char* type_name = "dgram::grant";
  static constexpr auto fields() {
    return field_list(field{"subscriber", &grant::subscriber}, field{"credits", &grant::credits});
  }
};

/// Removes a subscriber. Answer: nothing, even if it was not subscribed.
struct unsubscribe {
  static constexpr const char* operation = "unsubscribe";
  using answer = void;

  any_actor subscriber;

  static constexpr const char* type_name = "dgram::unsubscribe";
  static constexpr auto fields() {
    return field_list(field{"subscriber", &unsubscribe::subscriber});
  }
};

// -- statistics ---------------------------------------------------------------

/// Answer: statistics.
struct get_statistics {
  static constexpr const char* operation = "get statistics";
  using answer = statistics;

  static constexpr const char* type_name = "dgram::get_statistics";
  static constexpr auto fields() { return field_list(); }
};

// -- lists --------------------------------------------------------------------

/// Every command, the most frequent ones first. The typed handle and the names of
/// operations are generated from this list.
using all_commands =
    message_list<send, send_batch, bind, connect, disconnect, get_local_address, get_remote_address,
                 close, set_option, get_option, set_broadcast, set_ttl, set_multicast_ttl,
                 set_multicast_loopback, set_multicast_interface, add_membership, drop_membership,
                 subscribe, unsubscribe, grant, get_statistics>;

/// The answers of commands, apart from void and numbers.
using all_answers = message_list<endpoint, batch_result, option_value, membership, statistics>;

template <class... Commands>
constexpr bool answers_are_listed(message_list<Commands...>) {
  return ((std::is_void_v<typename Commands::answer> ||
           std::is_integral_v<typename Commands::answer> ||
           is_listed<typename Commands::answer, all_answers>::value) &&
          ...);
}
static_assert(answers_are_listed(all_commands()), "an answer is missing in all_answers");

}  // namespace dgram
