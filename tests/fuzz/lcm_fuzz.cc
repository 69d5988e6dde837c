// Whatever datagrams a sender sends, LCM's reader stays inside them and reassembly within its
// limits; and what is cut is read as what it was.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "caf_dgram/dgram/lcm/cut.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/lcm/reassembly.h"
#include "tests/fuzz/require.h"

namespace lcm = dgram::lcm;

namespace {

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

/// Datagrams, each behind a byte with its length.
void read_all(std::string_view input) {
  lcm::reassembly_limits limits;
  limits.bytes = 1U << 20U;
  limits.messages = 4;
  limits.message_size = 1U << 19U;
  lcm::reassembly whole(limits);
  while (!input.empty()) {
    const auto length = static_cast<unsigned char>(input[0]);
    input.remove_prefix(1);
    // Exactly as large as the datagram, so that a sanitizer sees any step beyond.
    const std::string datagram(input.substr(0, length));
    input.remove_prefix(datagram.size());
    const auto parsed = lcm::parse(datagram);
    if (const auto* flaw = std::get_if<lcm::flaw>(&parsed)) {
      require(static_cast<std::size_t>(*flaw) < lcm::flaws);
      require(lcm::to_string(*flaw) != nullptr);
      continue;
    }
    const auto& part = std::get<lcm::part>(parsed);
    require(is_inside(part.channel, datagram) && is_inside(part.bytes, datagram));
    require(part.offset + part.bytes.size() <= part.size);
    require(part.index < part.count);
    require(part.index > 0 || lcm::is_channel(part.channel));
    const auto got = whole.add(part);
    require(whole.bytes() <= limits.bytes && whole.messages() <= limits.messages);
    if (got.what == lcm::reassembly::fate::completed) require(got.message.size() == part.size);
  }
}

void cut_and_read(std::string_view payload) {
  const auto size = lcm::cut::least_datagram_size + payload.size() % 100;
  const lcm::cut parts(7, "channel", payload, size);
  lcm::reassembly whole;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto part = parts[i];
    auto datagram = parts.is_short() ? lcm::short_header(part.sequence, part.channel)
                                     : lcm::fragment_header(part);
    datagram.append(part.bytes);
    require(datagram.size() <= size);
    const auto parsed = lcm::parse(datagram);
    require(std::holds_alternative<lcm::part>(parsed));
    if (parts.is_short()) return require(std::get<lcm::part>(parsed).bytes == payload);
    const auto got = whole.add(std::get<lcm::part>(parsed));
    const bool is_last = i + 1 == parts.size();
    require((got.what == lcm::reassembly::fate::completed) == is_last);
    if (is_last) require(got.message.view() == payload);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read_all(input);
  cut_and_read(input);
  return 0;
}
