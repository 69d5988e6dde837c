#include "caf_dgram/actors/bus/bus.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <random>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "caf/actor_cast.hpp"
#include "caf/exit_reason.hpp"
#include "caf/send.hpp"
#include "caf_dgram/actors/bus/core/hosted_bus.h"
#include "caf_dgram/actors/bus/message_types.h"
#include "caf_dgram/actors/compat/asking.h"
#include "caf_dgram/actors/compat/registration.h"
#include "caf_dgram/actors/core/ownership.h"
#include "caf_dgram/actors/error.h"
#include "caf_dgram/actors/open_options.h"
#include "caf_dgram/dgram/lcm/cut.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/lcm/url.h"
#include "caf_dgram/dgram/posix/link_local.h"
#include "caf_dgram/dgram/posix/socket.h"

namespace dgram {
namespace {

constexpr const char* operation = "open bus";

/// Bytes of IP and UDP headers (RFC 791, RFC 8200, RFC 768).
std::size_t header_size(family f) { return (f == family::udp4 ? 20U : 40U) + 8U; }

/// What an Ethernet frame carries.
constexpr std::size_t usual_mtu = 1500;

absl::Status check_range(const char* name, std::uint64_t value, std::uint64_t least,
                         std::uint64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return failure(errc::out_of_range, operation, absl::StrCat(name, " ", value),
                 absl::StrCat(least, " to ", most));
}

absl::Status check(const bus_options& options) {
  if (!options.group.is_multicast()) {
    return failure(errc::invalid_address, operation, options.group.to_string(),
                   "not a multicast group");
  }
  constexpr auto unlimited_bytes = std::uint64_t{1} << 40U;
  constexpr auto unlimited = std::numeric_limits<std::uint32_t>::max();
  const auto milliseconds = [](std::chrono::milliseconds time) {
    return static_cast<std::uint64_t>(time.count());
  };
  const auto day = milliseconds(std::chrono::hours(24));
  for (const auto& status : {
           check_range("datagram_size",
                       options.datagram_size.value_or(lcm::cut::least_datagram_size),
                       lcm::cut::least_datagram_size, 65'535 - header_size(family::udp4)),
           check_range("max_message", options.max_message, 1, lcm::max_message),
           check_range("unfinished_bytes", options.unfinished_bytes,
                       options.max_message + lcm::reassembly_overhead, unlimited_bytes),
           check_range("all_unfinished_bytes", options.all_unfinished_bytes,
                       options.unfinished_bytes, unlimited_bytes),
           check_range("unfinished_messages", options.unfinished_messages, 1, unlimited),
           check_range("senders", options.senders, 1, unlimited),
           check_range("remote_unacknowledged", options.remote_unacknowledged, 4096,
                       unlimited_bytes),
           check_range("patience", milliseconds(options.patience), 1, day),
           check_range("first_heartbeat", milliseconds(options.first_heartbeat), 0, day),
           check_range("longest_heartbeat", milliseconds(options.longest_heartbeat), 1, day),
           check_range("receive_memory", options.receive_memory, 4096, unlimited_bytes),
       }) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

/// The group as an interface knows it: one of a single link is told apart by that (RFC 4007).
absl::StatusOr<endpoint> group_on(const bus_options& options, const interface_selector& on) {
  using kind = interface_selector::kind;
  const bool is_one = on.which() == kind::index || on.which() == kind::text;
  if (!is_one || !is_link_local(options.group) || options.group.scope_id() != 0) {
    return options.group;
  }
  const auto found = find_interface(on, options.group.family());
  if (!found.ok()) return found.status();
  return options.group.with_scope_id(found->index);
}

/// What a frame on the way to the group has room for.
std::size_t usual_datagram_size(const bus_options& options) {
  const auto f = options.group.family();
  auto mtu = usual_mtu;
  auto probe = socket::open(f);
  if (probe.ok() && probe->set(option::multicast_interface, options.publish_on).ok() &&
      probe->connect(options.group).ok()) {
    mtu = std::min(probe->path_mtu().value_or(mtu), mtu);
  }
  return std::max(mtu - header_size(f), lcm::cut::least_datagram_size);
}

publishing::terms terms_of(const bus_options& options) {
  std::random_device random;
  publishing::terms result;
  result.datagram_size =
      options.datagram_size ? *options.datagram_size : usual_datagram_size(options);
  result.packs = options.pack;
  result.max_message = options.max_message;
  result.first_heartbeat = options.first_heartbeat;
  result.longest_heartbeat = std::max(options.longest_heartbeat, options.first_heartbeat);
  result.instance = std::uint64_t{random()} << 32U | random();
  return result;
}

hosted_bus_setup setup_of(const bus_options& options) {
  hosted_bus_setup result;
  result.out = terms_of(options);
  result.in.reassembly = {options.unfinished_bytes, options.unfinished_messages,
                          options.max_message};
  result.in.patience = options.patience;
  result.in.senders = options.senders;
  result.in.bytes = options.all_unfinished_bytes;
  result.local_delivery = options.local_delivery;
  result.publish_only = options.publish_only;
  result.mailbox_bytes = options.send_limits.value_or(send_queue_limits()).bytes;
  result.receive_memory = options.receive_memory;
  result.remote_unacknowledged = options.remote_unacknowledged;
  return result;
}

/// What both sockets of a bus have in common: they live beside it, and end with it. The bus stands
/// for them where the runtime's end waits.
open_options beside(const hosted_bus_actor& bus) {
  open_options result;
  result.listener = bus;
  result.events = events_of_sockets;
  result.datagrams = delivery::batched;
  result.referenced = false;
  result.where = placement::beside(bus);
  return result;
}

open_options receiving_options(const hosted_bus_actor& bus, const bus_options& options,
                               const endpoint& group, const interface_selector& on) {
  auto result = beside(bus);
  result.options = {
      {option::reuse_address, true},
      {option::receive_buffer_size, static_cast<std::int64_t>(options.receive_buffer)}};
  result.local = group;
  result.memberships = {{group.host(), on}};
  // The bus counts what its subscribers hold.
  result.receive_memory = std::numeric_limits<std::int64_t>::max();
  return result;
}

open_options sending_options(const hosted_bus_actor& bus, const bus_options& options,
                             const endpoint& group, const interface_selector& on) {
  auto result = beside(bus);
  result.options = {{option::multicast_interface, on},
                    {option::multicast_ttl, options.ttl},
                    {option::multicast_loopback, options.loopback}};
  if (options.send_buffer) {
    result.options.push_back(
        {option::send_buffer_size, static_cast<std::int64_t>(*options.send_buffer)});
  }
  result.peer = group;
  result.send_limits = options.send_limits;
  if (options.send_rate && !options.send_limits) {
    // What is above the rate waits: at least the longest message, as fragments.
    result.send_limits =
        send_queue_limits{2 * lcm::max_fragments,
                          2 * options.max_message + 2 * lcm::max_fragments * lcm::max_header_size};
  }
  result.send_rate = options.send_rate;
  return result;
}

/// Whether the kernel has no route by which to choose an interface.
bool has_no_route(const caf::error& why) {
  return errno_of(why) == ENODEV || errno_of(why) == ENETUNREACH;
}

/// Opens a socket; where the kernel is to choose the interface and cannot, on the loopback one.
template <class Options>
caf::expected<socket_actor> open_on(const runtime& net, family f, const interface_selector& on,
                                    Options options) {
  auto result = net.open(f, options(on));
  const bool is_left_to_kernel = on.which() == interface_selector::kind::any;
  if (!result && f == family::udp4 && is_left_to_kernel && has_no_route(result.error())) {
    return net.open(f, options(interface_selector("127.0.0.1")));
  }
  return result;
}

caf::expected<hosted_bus_actor> spawn(const runtime& net, const bus_options& options) {
  if (is_waited_for(owner_of(options)))
    return net.spawn_at<hosted_bus>(options.where, setup_of(options));
  return net.spawn_at<hosted_bus, caf::hidden>(options.where, setup_of(options));
}

}  // namespace

caf::expected<bus_actor> open_bus(const runtime& net, const bus_options& options) {
  if (const auto status = check(options); !status.ok()) return to_error(status);
  if constexpr (is_registration_required) {
    const auto opener = net.opener();
    // None after the network's end, which `spawn` tells.
    if (opener) {
      if (auto missing = check_bus_message_types(opener.home_system())) return missing;
    }
  }
  const auto heard = options.publish_only ? options.group : group_on(options, options.receive_on);
  const auto spoken_to = group_on(options, options.publish_on);
  for (const auto* each : {&heard, &spoken_to}) {
    if (!each->ok()) return to_error(each->status());
  }
  const auto bus = spawn(net, options);
  if (!bus) return bus.error();
  const auto fail = [&bus](const caf::error& why) {
    caf::anon_send_exit(*bus, caf::exit_reason::kill);
    return why;
  };
  const auto f = options.group.family();
  caf::expected<socket_actor> receives{socket_actor()};
  if (!options.publish_only) {
    receives = open_on(net, f, options.receive_on, [&](const interface_selector& on) {
      return receiving_options(*bus, options, *heard, on);
    });
  }
  if (!receives) return fail(receives.error());
  auto sends = open_on(net, f, options.publish_on, [&](const interface_selector& on) {
    return sending_options(*bus, options, *spoken_to, on);
  });
  if (!sends) return fail(sends.error());
  send_anonymously(*bus, bus_sockets{*std::move(receives), *std::move(sends), options.listener,
                                     options.events, owner_of(options)});
  return caf::actor_cast<bus_actor>(*bus);
}

caf::expected<bus_options> bus_options::of_url(std::string_view url) {
  const auto read = lcm::url::parse(url);
  if (!read.ok()) return to_error(read.status());
  bus_options result;
  result.group = read->group;
  result.ttl = read->ttl;
  if (read->receive_buffer) result.receive_buffer = *read->receive_buffer;
  return result;
}

endpoint bus_options::default_group() { return lcm::url::default_group(); }

}  // namespace dgram
