#include "caf_dgram/actors/socket/opened_socket.h"

#include <utility>

#include "caf_dgram/actors/commands.h"

namespace dgram {

absl::StatusOr<open_addresses> locate_all(family f, const open_options& options) {
  open_addresses result;
  if (options.local) {
    auto local = locate(bind::operation, *options.local, f, address_role::local);
    if (!local.ok()) return local.status();
    result.local = *std::move(local);
  }
  if (options.peer) {
    auto peer = locate(connect::operation, *options.peer, f, address_role::destination);
    if (!peer.ok()) return peer.status();
    result.peer = *std::move(peer);
  }
  return result;
}

namespace {

absl::Status bind_to(opened_socket& sock, const endpoint& local, bool replace_stale_path) {
  auto status = replace_stale_path ? sock.descriptor.bind_replacing_stale_path(local)
                                   : sock.descriptor.bind(local);
  sock.bound = status.ok();
  return status;
}

absl::Status join_all(opened_socket& sock, family f, const std::vector<add_membership>& wanted) {
  for (const auto& each : wanted) {
    const auto group = parse_group(add_membership::operation, each.group, f);
    if (!group.ok()) return group.status();
    const auto joined = sock.groups.add(sock.descriptor, *group, each.interface);
    if (!joined.ok()) return joined.status();
    for (const auto& refusal : joined->refused) sock.refused.push_back(refusal.why);
  }
  return absl::OkStatus();
}

absl::Status connect_to(opened_socket& sock, const endpoint& peer) {
  const auto f = sock.descriptor.family();
  // As for `connect`: a UDP socket is bound before it is connected.
  if (!sock.bound && is_udp(f)) {
    if (auto status = bind_to(sock, endpoint::wildcard(f), false); !status.ok()) return status;
  }
  auto status = sock.descriptor.connect(peer);
  sock.connected = status.ok();
  return status;
}

absl::StatusOr<opened_socket> open_with_options(family f, const open_options& options,
                                                const syscalls& kernel) {
  auto descriptor = socket::open(f, kernel);
  if (!descriptor.ok()) return descriptor.status();
  for (const auto& each : options.options) {
    if (auto status = descriptor->set(each.id, each.value); !status.ok()) return status;
  }
  return opened_socket{*std::move(descriptor), {}};
}

}  // namespace

absl::StatusOr<opened_socket> open_socket_for(family f, const open_options& options,
                                              const open_addresses& where, const syscalls& kernel) {
  auto sock = open_with_options(f, options, kernel);
  if (!sock.ok()) return sock;
  absl::Status status;
  if (where.local && !where.bind_waits()) {
    status = bind_to(*sock, where.local->where, options.replace_stale_path);
  }
  if (status.ok()) status = join_all(*sock, f, options.memberships);
  if (status.ok() && where.peer && !where.connect_waits()) {
    status = connect_to(*sock, where.peer->where);
  }
  if (!status.ok()) return status;
  return sock;
}

absl::StatusOr<std::vector<opened_socket>> open_sockets_for(family f, const open_options& options,
                                                            const open_addresses& where,
                                                            const syscalls& kernel,
                                                            std::size_t count) {
  std::vector<opened_socket> result;
  auto local = where.local ? where.local->where : endpoint::wildcard(f);
  for (std::size_t i = 0; i < count; ++i) {
    auto sock = open_with_options(f, options, kernel);
    if (!sock.ok()) return sock.status();
    auto status = sock->descriptor.set(option::reuse_port, true);
    // The kernel gives each of them what is broadcast: one is enough.
    if (i > 0) sock->descriptor.ignore_broadcasts();
    if (status.ok()) status = bind_to(*sock, local, false);
    if (status.ok() && i == 0) status = join_all(*sock, f, options.memberships);
    if (status.ok() && where.peer) status = connect_to(*sock, where.peer->where);
    if (!status.ok()) return status;
    // All others share the first one's port.
    auto actual = sock->descriptor.local_endpoint();
    if (!actual.ok()) return actual.status();
    if (i == 0) local = local.with_port(actual->port());
    result.push_back(*std::move(sock));
  }
  return result;
}

}  // namespace dgram
