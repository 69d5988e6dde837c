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
  const auto given = quoted(text);
  auto group = endpoint::ip(text, 0);
  if (!group.ok()) {
    return failure(code_of(group.status()), operation, given, group.status().message());
  }
  if (group->family() != f) {
    return failure(errc::wrong_family, operation, given,
                   absl::StrCat("not an address of a ", to_string(f), " socket"));
  }
  if (!group->is_multicast()) {
    return failure(errc::invalid_address, operation, given, "not a multicast group");
  }
  return group;
}

absl::StatusOr<std::vector<std::uint32_t>> memberships::add(socket& sock, const endpoint& group,
                                                            const interface_selector& where) {
  constexpr absl::string_view operation = "add membership";
  const auto single = single_index(operation, group, where);
  if (!single.ok()) return single.status();
  if (single->has_value()) {
    const auto index = **single;
    if (auto status = sock.join(group, index); !status.ok()) return status;
    joined_.emplace(group.with_scope_id(0), index);
    return std::vector{index};
  }
  const auto interfaces = list_interfaces();
  if (!interfaces.ok()) return interfaces.status();
  std::vector<std::uint32_t> result;
  absl::Status refused =
      failure(errc::unknown_interface, operation, describe(group, where),
              absl::StrCat("no interface is up with ", to_string(group.family()), " multicast"));
  for (const auto& interface : *interfaces) {
    if (!interface.can_join(group.family())) continue;
    if (auto status = sock.join(group, interface.index); !status.ok()) {
      if (code_of(refused) == errc::unknown_interface) refused = std::move(status);
      continue;
    }
    joined_.emplace(group.with_scope_id(0), interface.index);
    result.push_back(interface.index);
  }
  if (result.empty()) return refused;
  return result;
}

absl::StatusOr<std::vector<std::uint32_t>> memberships::drop(socket& sock, const endpoint& group,
                                                             const interface_selector& where) {
  constexpr absl::string_view operation = "drop membership";
  const auto single = single_index(operation, group, where);
  if (!single.ok()) return single.status();
  const auto key = group.with_scope_id(0);
  std::vector<std::uint32_t> result;
  absl::Status refused;
  for (auto it = joined_.lower_bound({key, 0}); it != joined_.end() && it->first == key;) {
    const auto index = it->second;
    if (single->has_value() && **single != index) {
      ++it;
      continue;
    }
    // Once the kernel refuses, the membership is gone, for example with its
    // interface: forget it either way.
    it = joined_.erase(it);
    const auto status = sock.leave(group, index);
    if (status.ok()) {
      result.push_back(index);
    } else {
      refused.Update(status);
    }
  }
  if (!result.empty()) return result;
  if (!refused.ok()) return refused;
  return failure(errc::not_a_member, operation, describe(group, where),
                 "the socket is not a member");
}

}  // namespace dgram
