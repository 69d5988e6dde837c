#include "caf_dgram/dgram/posix/usual_cause.h"

#include <cerrno>

#include "caf_dgram/dgram/posix/link_local.h"

namespace dgram {
namespace {

constexpr int first_free_port = 1024;

bool lacks_scope(const endpoint& e) noexcept { return is_link_local(e) && e.scope_id() == 0; }

bool lacks_scope(const ip_address& a) noexcept { return lacks_scope(a.with_port(0)); }

bool is_ipv4_mapped(const endpoint& e) noexcept {
  return e.family() == family::udp6 && e.in_family(family::udp4);
}

constexpr absl::string_view needs_scope =
    "a link-local address needs its interface, as in fe80::1%eth0";

}  // namespace

absl::string_view usual_cause_of_bind(int error, const endpoint& local) noexcept {
  switch (error) {
    case EINVAL:
      return lacks_scope(local) ? needs_scope : "";
    case EACCES:
      if (!is_udp(local.family())) return "no permission to write to the path's directory";
      return local.port() < first_free_port ? "ports below 1024 need CAP_NET_BIND_SERVICE" : "";
    case EADDRNOTAVAIL:
      return "no interface of this host has the address";
    default:
      return "";
  }
}

absl::string_view usual_cause_of_send(int error, const endpoint& to,
                                      const ip_address& from) noexcept {
  const bool has_source = !from.is_unspecified();
  switch (error) {
    case EINVAL:
      if (lacks_scope(to) || lacks_scope(from)) return needs_scope;
      return has_source ? "no interface of this host has the source address" : "";
    case EACCES:
      if (!is_udp(to.family())) return "no permission to write to the path";
      return to.is_multicast() ? "" : "a broadcast address needs set_broadcast";
    case ENETUNREACH:
      if (has_source) return "no route from the source address, or no interface has it";
      if (is_ipv4_mapped(to)) return "no route, or the socket is ipv6_only";
      return to.is_multicast()
                 ? "no route for multicast; set_multicast_interface selects an interface"
                 : "";
    default:
      return "";
  }
}

}  // namespace dgram
