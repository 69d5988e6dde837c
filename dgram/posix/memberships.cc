#include "caf_dgram/dgram/posix/memberships.h"

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {
namespace {

std::string describe(const endpoint& group, const interface_selector& where) {
  return absl::StrCat(group.host(), " on ", where.to_string());
}

/// Where a single interface is meant, its index; nothing for all of them.
absl::StatusOr<std::optional<std::uint32_t>> single_index(absl::string_view operation,
                                                          const endpoint& group,
                                                          const interface_selector& where) {
  using kind = interface_selector::kind;
  switch (where.which()) {
    case kind::any:
      return group.scope_id();
    case kind::all:
      if (group.scope_id() != 0) return group.scope_id();
      return std::nullopt;
    case kind::index:
    case kind::text:
      break;
  }
  const auto found = find_interface(where, group.family());
  if (found.ok()) return found->index;
  return failure(code_of(found.status()), operation, describe(group, where),
                 found.status().message());
}

}  // namespace

absl::StatusOr<endpoint> parse_group(absl::string_view operation, const std::string& text,
                                     family f) {
  const auto given = dgram::quoted(text);
  auto group = endpoint::ip(text, 0);
  if (!group.ok()) {
    return failure(code_of(group.status()), operation, given, group.status().message());
  }
  const auto as_ipv4 = group->in_family(family::udp4);
  if (is_udp(f) && as_ipv4) group = *as_ipv4;
  if (group->family() != f && !(f == family::udp6 && as_ipv4)) {
    return failure(errc::wrong_family, operation, given,
                   absl::StrCat("not an address of a ", to_string(f), " socket"));
  }
  if (!group->is_multicast()) {
    return failure(errc::invalid_address, operation, given, "not a multicast group");
  }
  return group;
}

absl::StatusOr<std::uint32_t> memberships::join(socket& sock, const endpoint& group,
                                                std::uint32_t index) {
  if (auto status = sock.join(group, index); !status.ok()) return status;
  const auto key_group = group.with_scope_id(0);
  const auto actual = index != 0 ? index : chosen_by_kernel(sock, key_group);
  joined_.emplace(key(key_group, actual), index == 0);
  return actual;
}

std::uint32_t memberships::chosen_by_kernel(const socket& sock, const endpoint& group) const {
  const auto interfaces = list_interfaces();
  if (!interfaces.ok()) return 0;
  for (const auto& each : *interfaces) {
    if (joined_.count({group, each.index}) == 0 && sock.is_member(group, each.index)) {
      return each.index;
    }
  }
  return 0;
}

absl::StatusOr<membership_change_result> memberships::add(socket& sock, const endpoint& group,
                                                          const interface_selector& where) {
  constexpr absl::string_view operation = "add membership";
  const auto single = single_index(operation, group, where);
  if (!single.ok()) return single.status();
  membership_change_result result;
  if (single->has_value()) {
    const auto joined = join(sock, group, **single);
    if (!joined.ok()) return joined.status();
    result.interfaces.push_back(*joined);
    return result;
  }
  const auto interfaces = list_interfaces();
  if (!interfaces.ok()) return interfaces.status();
  for (const auto& interface : *interfaces) {
    if (!interface.can_join(group.family())) continue;
    const auto joined = join(sock, group, interface.index);
    if (joined.ok()) {
      result.interfaces.push_back(interface.index);
    } else {
      result.refused.push_back({interface.index, joined.status()});
    }
  }
  if (!result.interfaces.empty()) return result;
  if (!result.refused.empty()) return result.refused.front().why;
  return failure(errc::unknown_interface, operation, describe(group, where),
                 absl::StrCat("no interface is up with ", to_string(group.family()), " multicast"));
}

absl::StatusOr<membership_change_result> memberships::drop(socket& sock, const endpoint& group,
                                                           const interface_selector& where) {
  constexpr absl::string_view operation = "drop membership";
  const auto single = single_index(operation, group, where);
  if (!single.ok()) return single.status();
  const auto group_alone = group.with_scope_id(0);
  membership_change_result result;
  for (auto it = joined_.lower_bound({group_alone, 0});
       it != joined_.end() && it->first.first == group_alone;) {
    const auto index = it->first.second;
    const bool is_meant =
        !single->has_value() || **single == index || (**single == 0 && it->second);
    if (!is_meant) {
      ++it;
      continue;
    }
    // Once the kernel refuses, the membership is gone, for example with its
    // interface: forget it either way.
    it = joined_.erase(it);
    const auto status = sock.leave(group, index);
    if (status.ok()) {
      result.interfaces.push_back(index);
    } else {
      result.refused.push_back({index, status});
    }
  }
  if (!result.interfaces.empty()) return result;
  if (!result.refused.empty()) return result.refused.front().why;
  return failure(errc::not_a_member, operation, describe(group, where),
                 "the socket is not a member");
}

}  // namespace dgram
