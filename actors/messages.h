/// What a socket actor understands and what it tells, on one page.
///
/// Commands are imperative; any actor may send them. Sent as a request, a
/// command is answered with its result or its error. Sent asynchronously, it is
/// not answered, and its error goes to the subscribers as an `error_event`.
/// Besides the errors named here, every command fails with `closed` once the
/// socket is closed.
///
/// `operation` is a command's name in error texts.
///
/// Events are in the past tense and go to subscribers, each an asynchronous
/// message whose sender is the socket.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "caf_dgram/actors/address.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/socket/allowance.h"
#include "caf_dgram/actors/statistics.h"
#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/network_interface.h"
#include "caf_dgram/dgram/option.h"
#include "caf_dgram/dgram/payload.h"

namespace dgram {

// -- commands: addresses ------------------------------------------------------

/// Gives the socket a local address: an endpoint, a port, an address and a
/// port, a path, or for UDP nothing (wildcard, port of the kernel's choice).
/// Answer: the endpoint bound. Then: `listening_event`.
/// Fails: already_bound, invalid_*, wrong_family, name_not_resolved, errno.
struct bind {
  static constexpr const char* operation = "bind";
  address local;
  bool replace_stale_path = false;  ///< Take over a Unix path that nobody serves any more.
};

/// Fixes the peer to send to and to receive from; binds an unbound UDP socket.
/// Answer: the peer's endpoint. Then: `connect_event`.
/// Fails: already_connected, invalid_*, wrong_family, name_not_resolved, errno.
struct connect {
  static constexpr const char* operation = "connect";
  address peer;
};

/// Forgets the peer. Answer: nothing. Fails: not_connected, errno.
struct disconnect {
  static constexpr const char* operation = "disconnect";
};

/// Answer: the local endpoint. Fails: not_bound.
struct get_local_address {
  static constexpr const char* operation = "get local address";
};

/// Answer: the connected peer's endpoint. Fails: not_connected.
struct get_remote_address {
  static constexpr const char* operation = "get remote address";
};

/// Sends what was accepted before, within the runtime's linger time, then
/// closes. Answer: nothing, once closed; the same for every further close.
/// Then: `close_event`, the last event.
struct close {
  static constexpr const char* operation = "close";
};

// -- commands: datagrams ------------------------------------------------------

/// Sends one datagram: a payload, a part of one, or several gathered into one.
/// Without a destination it goes to the connected peer. Binds an unbound UDP
/// socket. Datagrams to addresses in numbers leave in order; one that waits for
/// its host name is overtaken by them.
/// Answer: uint64_t, the bytes handed to the kernel.
/// Fails: not_connected (no destination), already_connected (a destination on a
/// connected socket), out_of_range (offset, length), payload_too_large,
/// queue_full (the kernel takes nothing and too much is queued, or too many wait
/// for names), invalid_*, name_not_resolved, errno. Asynchronous sends that find
/// the queue full are told by one `error_event`, and by a `drain_event` once there
/// is room.
struct send {
  static constexpr const char* operation = "send";
  static constexpr std::int64_t whole = -1;

  send() = default;
  explicit send(payload data, address to = {}) : data(std::move(data)), to(std::move(to)) {}
  send(payload data, std::string host, std::int64_t port)
      : data(std::move(data)), to(std::move(host), port) {}
  send(payload data, std::int64_t offset, std::int64_t length, address to = {})
      : data(std::move(data)), offset(offset), length(length), to(std::move(to)) {}
  explicit send(std::vector<payload> buffers, address to = {})
      : buffers(std::move(buffers)), to(std::move(to)) {}

  payload data;                  ///< Unless `buffers` holds the datagram.
  std::vector<payload> buffers;  ///< Gathered in order by the kernel, at most 1024.
  std::int64_t offset = 0;       ///< Of `data`, in bytes.
  std::int64_t length = whole;   ///< Of the part of `data` to send, in bytes.
  address to;
};

/// Sends many datagrams: each with its own destination or none, in order.
/// Equal ones for one destination leave fastest, above all those that lie in one
/// buffer (`batch::add_segments`). A batch that was received goes back to its
/// senders as it is.
/// Answer: batch_result, once it is known of the last one. Datagrams with which
/// something is wrong are refused, for the reasons that `send` fails; the others go.
struct send_batch {
  static constexpr const char* operation = "send batch";
  batch datagrams;
};

/// What became of a `send_batch`. Sent asynchronously, only refusals are told,
/// by one `error_event`.
struct batch_result {
  std::uint64_t sent = 0;     ///< Datagrams handed to the kernel.
  std::uint64_t bytes = 0;    ///< Their payload bytes.
  std::uint64_t refused = 0;  ///< Datagrams that were not sent.
  caf::error reason;          ///< Why the first one of them was not.
};

// -- commands: options --------------------------------------------------------

/// Sets an option of the table in docs/features.md. Answer: nothing.
/// Fails: wrong_type, out_of_range, unsupported_option, unknown_interface, errno.
struct set_option {
  static constexpr const char* operation = "set option";
  option id;
  option_value value;
};

/// Answer: option_value. Fails: unsupported_option, errno.
struct get_option {
  static constexpr const char* operation = "get option";
  option id;
};

/// Short for set_option{option::broadcast, …}.
struct set_broadcast {
  static constexpr const char* operation = "set broadcast";
  bool enabled;
};

/// Short for set_option{option::ttl, …}: 1 to 255.
struct set_ttl {
  static constexpr const char* operation = "set ttl";
  std::int64_t ttl;
};

/// Short for set_option{option::multicast_ttl, …}: 0 to 255.
struct set_multicast_ttl {
  static constexpr const char* operation = "set multicast_ttl";
  std::int64_t ttl;
};

/// Short for set_option{option::multicast_loopback, …}.
struct set_multicast_loopback {
  static constexpr const char* operation = "set multicast_loopback";
  bool enabled;
};

/// Short for set_option{option::multicast_interface, …}.
struct set_multicast_interface {
  static constexpr const char* operation = "set multicast_interface";
  interface_selector interface;
};

// -- commands: multicast membership -------------------------------------------

/// The interfaces, by index, that a membership command took effect on. A single
/// 0 stands for the kernel's choice.
struct membership {
  std::vector<std::uint32_t> interfaces;
};

/// Joins a multicast group, on one interface or on every one that can.
/// Answer: membership. Fails: invalid_address, wrong_family, unknown_interface, errno.
struct add_membership {
  static constexpr const char* operation = "add membership";
  std::string group;  ///< "239.1.2.3", "ff02::1%eth0"
  interface_selector interface;
};

/// Leaves a group where it was joined. Answer: membership.
/// Fails: as above, and not_a_member.
struct drop_membership {
  static constexpr const char* operation = "drop membership";
  std::string group;
  interface_selector interface;
};

// -- commands: subscribers ----------------------------------------------------

/// How a subscriber gets datagrams.
enum class delivery : std::uint8_t {
  single,   ///< A `message_event` each.
  batched,  ///< A `batch_event` for all that came at once.
};

/// Adds a receiver of events; once more replaces how datagrams come to it. One
/// that dies is removed.
///
/// As long as subscribers hold more memory than the socket may use
/// (`open_options::receive_memory`), it does not read on. With credits a
/// subscriber gets exactly so many datagrams, then a `passive_event`, and more
/// when it grants them (`grant`); meanwhile the socket pauses, or the subscriber
/// loses the excess. One that may lose has a share of memory of its own, as large
/// as the socket's: how slow it is does not matter to the others. One that pauses
/// slows all, for the socket reads for nobody then. What is lost is told by
/// `overrun_event`.
/// Answer: nothing. Fails: invalid_subscriber, out_of_range (credits, backlog),
/// unsupported (credits or losing, of a group).
struct subscribe {
  static constexpr const char* operation = "subscribe";
  static constexpr std::int64_t unlimited = allowance::unlimited;

  caf::actor subscriber;
  delivery datagrams = delivery::single;
  std::int64_t credits = unlimited;  ///< Datagrams, 0 or more.
  excess beyond = excess::pause;     ///< What becomes of those that it may not get yet.
  std::int64_t backlog = 1024;       ///< So many of them are kept where they may be lost.
};

/// Gives a subscriber more credits, at least 1. Nothing to one without a limit.
/// Answer: nothing. Fails: invalid_subscriber (it is none), out_of_range.
struct grant {
  static constexpr const char* operation = "grant";
  caf::actor subscriber;
  std::int64_t credits = 1;
};

/// Removes a receiver of events. Answer: nothing, also if it was none.
struct unsubscribe {
  static constexpr const char* operation = "unsubscribe";
  caf::actor subscriber;
};

// -- commands: statistics -----------------------------------------------------

/// Answer: statistics.
struct get_statistics {
  static constexpr const char* operation = "get statistics";
};

// -- events -------------------------------------------------------------------

/// A datagram came in.
struct message_event {
  payload data;
  endpoint sender;         ///< Unnamed for a Unix socket that is not bound.
  std::uint64_t size = 0;  ///< Its real size: more than `data` holds if it was truncated.
};

/// Datagrams came in, one or many, in the order of their arrival.
struct batch_event {
  batch datagrams;  ///< Each with its sender.
};

/// The socket has a local address now and receives.
struct listening_event {
  endpoint local;
};

/// The socket has a peer now.
struct connect_event {
  endpoint peer;
};

/// A subscriber's credits are used up: it gets no datagram until it grants more.
struct passive_event {};

/// The subscriber lost datagrams that it did not take in time.
struct overrun_event {
  std::uint64_t lost = 0;   ///< Since the last such event.
  std::uint64_t total = 0;  ///< Since it subscribed.
};

/// The kernel had no room for what came in. Told at most ten times a second, and
/// ever more seldom while the socket does not read. Of a group, each member counts
/// for itself.
struct kernel_drop_event {
  std::uint64_t dropped = 0;  ///< Buffers, since the last such event; with `receive_offload` one
                              ///< may have held several datagrams.
  std::uint64_t total = 0;
};

/// The send queue, or the mailbox before it, was full and is half empty again, or
/// the socket ends. Of a group, each member tells it for itself.
struct drain_event {
  std::uint64_t dropped = 0;  ///< Datagrams that were sent asynchronously and refused meanwhile.
};

/// Something failed that nobody asked for by a request. What other hosts can
/// cause at will is told ten times at once, then ten times a second; what a socket
/// that ends has left undone, once.
struct error_event {
  caf::error reason;
  std::uint64_t withheld = 0;  ///< So many before it, since the last one told, were not told.
};

/// The socket is gone; no event follows. `reason` is empty after `close`, else
/// why the actor ended.
struct close_event {
  caf::error reason;
};

// -- inspection ---------------------------------------------------------------

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, endpoint& x) {
  std::string text = x.to_string();
  return inspect_as(f, "dgram::endpoint", text, [&]() -> caf::error {
    auto parsed = endpoint::parse(text);
    if (!parsed.ok()) return to_error(parsed.status());
    x = *parsed;
    return {};
  });
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, payload& x) {
  std::string bytes(x.view());
  return inspect_as(f, "dgram::payload", bytes, [&]() -> caf::error {
    x = payload(std::move(bytes));
    return {};
  });
}

/// A batch's run on its way to another process.
struct batch_part {
  payload bytes;
  std::uint64_t segment_size = 0;
  std::uint64_t size = 0;
  bool has_peer = false;
  endpoint peer;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, batch_part& x) {
  return inspect_parts(f, x, "dgram::batch_part", x.bytes, x.segment_size, x.size, x.has_peer,
                       x.peer);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, batch& x) {
  std::vector<batch_part> parts;
  for (const auto& run : x.runs()) {
    const auto* peer = x.peer_of(run);
    parts.push_back({run.bytes, run.segment_size, run.size, peer != nullptr,
                     peer != nullptr ? *peer : endpoint()});
  }
  return inspect_as(f, "dgram::batch", parts, [&]() -> caf::error {
    x.clear();
    for (auto& part : parts) {
      const auto peer = part.has_peer ? std::optional<endpoint>(part.peer) : std::nullopt;
      x.add_run(std::move(part.bytes), part.segment_size, part.size, peer);
    }
    return {};
  });
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, interface_selector& x) {
  return inspect_parts(f, x, "dgram::interface_selector", x.kind_, x.index_, x.text_);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, option_value& x) {
  return inspect_parts(f, x, "dgram::option_value", x.kind_, x.number_, x.interface_);
}

/// An address on its way to another process.
struct address_parts {
  enum class kind : std::uint8_t { nothing, endpoint, port, host, path };

  kind which = kind::nothing;
  dgram::endpoint where;
  std::string text;
  std::int64_t port = 0;

  struct reader {
    address_parts& parts;
    void operator()(address::nothing) const {}
    void operator()(const dgram::endpoint& e) const { parts = {kind::endpoint, e, {}, 0}; }
    void operator()(address::only_port given) const { parts = {kind::port, {}, {}, given.port}; }
    void operator()(const address::host_and_port& given) const {
      parts = {kind::host, {}, given.host, given.port};
    }
    void operator()(const address::unix_name& given) const {
      parts = {kind::path, {}, given.path, 0};
    }
  };

  /// What a foreign process names by a number that is no kind is left open.
  address whole() const {
    switch (which) {
      case kind::nothing:
        break;
      case kind::endpoint:
        return where;
      case kind::port:
        return port;
      case kind::host:
        return {text, port};
      case kind::path:
        return address::path(text);
    }
    return {};
  }
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, address_parts& x) {
  return inspect_parts(f, x, "dgram::address_parts", x.which, x.where, x.text, x.port);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, address& x) {
  address_parts parts;
  std::visit(address_parts::reader{parts}, x.as_given());
  return inspect_as(f, "dgram::address", parts, [&]() -> caf::error {
    x = parts.whole();
    return {};
  });
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, bind& x) {
  return inspect_parts(f, x, "dgram::bind", x.local, x.replace_stale_path);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, connect& x) {
  return inspect_parts(f, x, "dgram::connect", x.peer);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, disconnect& x) {
  return inspect_parts(f, x, "dgram::disconnect");
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, get_local_address& x) {
  return inspect_parts(f, x, "dgram::get_local_address");
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, get_remote_address& x) {
  return inspect_parts(f, x, "dgram::get_remote_address");
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, close& x) {
  return inspect_parts(f, x, "dgram::close");
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, send& x) {
  return inspect_parts(f, x, "dgram::send", x.data, x.buffers, x.offset, x.length, x.to);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, send_batch& x) {
  return inspect_parts(f, x, "dgram::send_batch", x.datagrams);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, batch_result& x) {
  return inspect_parts(f, x, "dgram::batch_result", x.sent, x.bytes, x.refused, x.reason);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, set_option& x) {
  return inspect_parts(f, x, "dgram::set_option", x.id, x.value);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, get_option& x) {
  return inspect_parts(f, x, "dgram::get_option", x.id);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, set_broadcast& x) {
  return inspect_parts(f, x, "dgram::set_broadcast", x.enabled);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, set_ttl& x) {
  return inspect_parts(f, x, "dgram::set_ttl", x.ttl);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, set_multicast_ttl& x) {
  return inspect_parts(f, x, "dgram::set_multicast_ttl", x.ttl);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, set_multicast_loopback& x) {
  return inspect_parts(f, x, "dgram::set_multicast_loopback", x.enabled);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, set_multicast_interface& x) {
  return inspect_parts(f, x, "dgram::set_multicast_interface", x.interface);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, membership& x) {
  return inspect_parts(f, x, "dgram::membership", x.interfaces);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, add_membership& x) {
  return inspect_parts(f, x, "dgram::add_membership", x.group, x.interface);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drop_membership& x) {
  return inspect_parts(f, x, "dgram::drop_membership", x.group, x.interface);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, subscribe& x) {
  return inspect_parts(f, x, "dgram::subscribe", x.subscriber, x.datagrams, x.credits, x.beyond,
                       x.backlog);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, grant& x) {
  return inspect_parts(f, x, "dgram::grant", x.subscriber, x.credits);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, unsubscribe& x) {
  return inspect_parts(f, x, "dgram::unsubscribe", x.subscriber);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, get_statistics& x) {
  return inspect_parts(f, x, "dgram::get_statistics");
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, message_event& x) {
  return inspect_parts(f, x, "dgram::message_event", x.data, x.sender, x.size);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, batch_event& x) {
  return inspect_parts(f, x, "dgram::batch_event", x.datagrams);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, listening_event& x) {
  return inspect_parts(f, x, "dgram::listening_event", x.local);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, connect_event& x) {
  return inspect_parts(f, x, "dgram::connect_event", x.peer);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, passive_event& x) {
  return inspect_parts(f, x, "dgram::passive_event");
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, overrun_event& x) {
  return inspect_parts(f, x, "dgram::overrun_event", x.lost, x.total);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, kernel_drop_event& x) {
  return inspect_parts(f, x, "dgram::kernel_drop_event", x.dropped, x.total);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drain_event& x) {
  return inspect_parts(f, x, "dgram::drain_event", x.dropped);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, error_event& x) {
  return inspect_parts(f, x, "dgram::error_event", x.reason, x.withheld);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, close_event& x) {
  return inspect_parts(f, x, "dgram::close_event", x.reason);
}

}  // namespace dgram
