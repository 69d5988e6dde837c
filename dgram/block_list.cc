#include "caf_dgram/dgram/block_list.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/decimal.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {
namespace {

constexpr const char* operation = "block";
constexpr std::size_t ipv4_bits = 32;
constexpr std::size_t ipv6_bits = 128;

absl::StatusOr<endpoint> parse_address(absl::string_view text, absl::string_view whole) {
  auto parsed = endpoint::ip(std::string_view(text.data(), text.size()), 0);
  if (parsed.ok()) return parsed;
  return failure(errc::invalid_address, operation, quoted(whole),
                 absl::StrCat(quoted(text), " is no IP address"));
}

/// Sets or clears all bits of an address from `bit` on.
template <class Key>
Key filled_from(Key key, std::size_t bit, bool ones) {
  for (; bit < ipv6_bits; ++bit) {
    const auto mask = static_cast<unsigned char>(0x80U >> (bit % 8));
    key[bit / 8] = static_cast<unsigned char>(ones ? key[bit / 8] | mask : key[bit / 8] & ~mask);
  }
  return key;
}

}  // namespace

block_list::key block_list::key_of(const endpoint& e) noexcept {
  key result{};
  if (e.family() == family::udp6) {
    const auto& v6 = reinterpret_cast<const ::sockaddr_in6*>(e.data())->sin6_addr;
    std::memcpy(result.data(), &v6, sizeof(v6));
  } else {
    const auto& v4 = reinterpret_cast<const ::sockaddr_in*>(e.data())->sin_addr;
    result[10] = result[11] = 0xff;
    std::memcpy(&result[12], &v4, sizeof(v4));
  }
  return result;
}

absl::Status block_list::add(absl::string_view address_or_prefix) {
  const auto slash = address_or_prefix.find('/');
  const auto address = parse_address(address_or_prefix.substr(0, slash), address_or_prefix);
  if (!address.ok()) return address.status();
  const auto bits = address->family() == family::udp4 ? ipv4_bits : ipv6_bits;
  std::size_t length = bits;
  if (slash != absl::string_view::npos) {
    const auto digits = address_or_prefix.substr(slash + 1);
    length = parse_decimal(digits).value_or(bits + 1);
    if (length > bits) {
      return failure(errc::out_of_range, operation, quoted(address_or_prefix),
                     absl::StrCat("a prefix of this family has 0 to ", bits, " bits"));
    }
  }
  const auto from = ipv6_bits - bits + length;
  const auto whole = key_of(*address);
  insert({filled_from(whole, from, false), filled_from(whole, from, true)});
  return absl::OkStatus();
}

absl::Status block_list::add_range(absl::string_view first, absl::string_view last) {
  const auto whole = absl::StrCat(first, "-", last);
  const auto from = parse_address(first, whole);
  if (!from.ok()) return from.status();
  const auto to = parse_address(last, whole);
  if (!to.ok()) return to.status();
  if (from->family() != to->family()) {
    return failure(errc::wrong_family, operation, dgram::quoted(whole),
                   "one end is IPv4, the other IPv6");
  }
  const range added{key_of(*from), key_of(*to)};
  if (added.last < added.first) {
    return failure(errc::out_of_range, operation, dgram::quoted(whole),
                   "the last address comes before the first");
  }
  insert(added);
  return absl::OkStatus();
}

void block_list::insert(range added) {
  auto into = std::lower_bound(ranges_.begin(), ranges_.end(), added.first,
                               [](const range& each, const key& k) { return each.last < k; });
  auto end = into;
  for (; end != ranges_.end() && end->first <= added.last; ++end) {
    added.first = std::min(added.first, end->first);
    added.last = std::max(added.last, end->last);
  }
  into = ranges_.erase(into, end);
  ranges_.insert(into, added);
}

bool block_list::contains(const endpoint& peer) const noexcept {
  if (ranges_.empty() || !is_udp(peer.family())) return false;
  const auto asked = key_of(peer);
  const auto found =
      std::lower_bound(ranges_.begin(), ranges_.end(), asked,
                       [](const range& each, const key& k) { return each.last < k; });
  return found != ranges_.end() && found->first <= asked;
}

}  // namespace dgram
