/// How to open a bus.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "caf/expected.hpp"
#include "caf_dgram/actors/any_actor.h"
#include "caf_dgram/actors/events.h"
#include "caf_dgram/actors/placement.h"
#include "caf_dgram/actors/send_queue_limits.h"
#include "caf_dgram/actors/send_rate.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/network_interface.h"

namespace dgram {

/// Many fields, each an independent choice with a default.
struct bus_options {
  /// Options for LCM's name of a bus, "udpm://239.255.76.67:7667?ttl=1". Errors: those of
  /// `lcm::url::parse`.
  static caf::expected<bus_options> of_url(std::string_view url);

  // -- where ----------------------------------------------------------------------

  /// Address and port; LCM's own by default. An IPv6 group of one link (ff02::/16) is that of the
  /// interfaces below, which have to be given, unless it says its own ("ff02::1:7%eth0").
  endpoint group = default_group();

  /// Interfaces to hear the group on: one, `any()` as the kernel chooses by its routes, or `all()`.
  /// Without a route for an IPv4 group, `any()` is the loopback interface.
  interface_selector receive_on = interface_selector::any();

  /// The one interface to publish on. Never several: subscribers of LCM would take a fragment that
  /// comes twice for two.
  interface_selector publish_on = interface_selector::any();

  /// Hops, 0 to 255: 0 keeps messages on this host, 1 within the network.
  std::int64_t ttl = 0;

  /// Whether this host hears what the bus publishes, the bus itself included.
  bool loopback = true;

  /// Whether the bus does not join the group: it takes no subscriptions, and spends nothing on what
  /// others publish. With `local_delivery` its subscribers get what it publishes itself.
  bool publish_only = false;

  // -- messages -------------------------------------------------------------------

  /// Bytes of a datagram that is sent, 85 to 65,507. A longer message is cut, and the loss of a
  /// datagram loses the message: let it be no longer than a frame. By default what fits one of the
  /// interface, but at most 1,472 over IPv4 and 1,452 over IPv6, as frames of 1,500 bytes carry.
  std::optional<std::size_t> datagram_size;

  /// Whether short messages that are published together share datagrams. Every bus of this library
  /// reads them; LCM's own library drops them.
  bool pack = false;

  /// Whether the bus hands what it publishes to its own subscribers at once, instead of hearing it
  /// from the network. They get it in either case once, if `loopback` is on: here even if it cannot
  /// be sent, and though subscribers that pause the bus have no credits.
  bool local_delivery = false;

  /// Bytes of the longest message, sent or received; at most 2^28.
  std::size_t max_message = std::size_t{16} << 20U;

  /// Bytes, and number, of a sender's messages that lack fragments; beyond them the oldest is lost.
  /// At least one message of `max_message` with what is noted about its fragments, 64 KiB.
  std::size_t unfinished_bytes = std::size_t{32} << 20U;
  std::size_t unfinished_messages = 100;

  /// Bytes of such messages of all senders together; beyond them the sender with the most loses its
  /// oldest one. At least `unfinished_bytes`.
  std::size_t all_unfinished_bytes = std::size_t{256} << 20U;

  /// Senders that are remembered, at least 1; beyond them the one that is silent for longest is
  /// forgotten.
  std::size_t senders = 256;

  /// How long a message may lack fragments, or be overtaken by later ones, until it is lost.
  std::chrono::milliseconds patience{200};

  /// A heartbeat, by which receivers find the loss of the latest messages, is sent so long after
  /// the last message, and then ever less often, down to one in `longest_heartbeat`; 0 for none.
  std::chrono::milliseconds first_heartbeat{20};
  std::chrono::milliseconds longest_heartbeat{1000};

  // -- life -----------------------------------------------------------------------

  /// Gets events of the bus from the start: of these kinds, messages excepted.
  any_actor listener;
  event_kinds events = default_events;

  /// When this actor ends, for any reason, the bus sends what it accepted and closes. By default
  /// the listener; `nobody` for a bus without an owner. The runtime's end waits for a bus only if
  /// it has an owner that is not a blocking or scoped actor, which may itself be waiting for that.
  std::optional<any_actor> owner;

  /// On which loop. As for an actor.
  placement where;

  // -- limits ---------------------------------------------------------------------

  /// Bytes that the kernel keeps of what has come; what does not fit is lost. The kernel may allow
  /// less (net.core.rmem_max, socket(7)).
  std::size_t receive_buffer = std::size_t{4} << 20U;

  /// The same of what is to be sent; by default the kernel's.
  std::optional<std::size_t> send_buffer;

  /// As in `open_options`, for messages that subscribers hold; at least 4096.
  std::size_t receive_memory = std::size_t{8} << 20U;

  /// As in `open_options`, in datagrams; as many bytes may wait in the bus's mailbox, with what
  /// each message takes beside them.
  std::optional<send_queue_limits> send_limits;

  /// As in `open_options`: for receivers whose buffers hold less than a long message, as those of
  /// LCM's library usually do. `send_limits` have to hold a message then; by default they hold two.
  std::optional<dgram::send_rate> send_rate;

  /// As in `open_options`.
  std::size_t remote_unacknowledged = std::size_t{1} << 20U;

 private:
  static endpoint default_group();
};

}  // namespace dgram
