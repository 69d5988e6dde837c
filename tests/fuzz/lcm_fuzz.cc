// Whatever datagrams a sender sends, LCM's reader stays inside them and reassembly within its
// limits; and what is cut is read as what it was.

#include <chrono>
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

std::string datagram_of(const lcm::part& part) {
  char header[lcm::max_header_size];
  std::string result(header, lcm::write_header(part, header));
  result.append(part.bytes);
  return result;
}

lcm::reassembly_limits narrow() {
  lcm::reassembly_limits limits;
  limits.bytes = 1U << 20U;
  limits.messages = 4;
  limits.message_size = 1U << 19U;
  return limits;
}

/// Counts messages, each of which ends once: completed or lost.
class audit {
 public:
  void add(const lcm::part& part) {
    const auto before = whole_.messages();
    const auto got = whole_.add(part, now_ += std::chrono::milliseconds(1));
    const bool is_over = got.what == lcm::reassembly::fate::completed;
    if (is_over) require(got.message.size() == part.size);
    if (is_over) require(is_part_of(part, got.message.view()));
    // At most one message begins with a fragment.
    const auto accounted = whole_.messages() + got.lost.size() + (is_over ? 1U : 0U);
    require(accounted == before || accounted == before + 1);
    check();
  }

  void give_up() {
    const auto before = whole_.messages();
    const auto lost = whole_.give_up_before(now_);
    require(whole_.messages() + lost.size() == before);
    check();
  }

  ~audit() {
    whole_.drop({0, 0xffff'ffff});
    require(whole_.messages() == 0 && whole_.bytes() == 0);
  }

 private:
  static bool is_part_of(const lcm::part& part, std::string_view message) {
    return message.substr(part.offset, part.bytes.size()) == part.bytes;
  }

  void check() const {
    require(whole_.bytes() <= narrow().bytes && whole_.messages() <= narrow().messages);
    require((whole_.messages() == 0) == (whole_.bytes() == 0));
  }

  lcm::reassembly whole_{narrow()};
  lcm::reassembly::clock::time_point now_{};
};

/// Datagrams, each behind a byte with its length.
void read_all(std::string_view input) {
  audit audited;
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
    audited.add(part);
  }
}

/// Four bytes for a fragment of one of a few messages, so that many of them meet.
void mix(std::string_view input) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  audit audited;
  for (; input.size() >= 4; input.remove_prefix(4)) {
    const auto number = [&](std::size_t at, unsigned limit) {
      return static_cast<unsigned char>(input[at]) % limit;
    };
    if (number(0, 16) == 15) audited.give_up();
    lcm::part part;
    part.sequence = number(0, 3);
    part.size = number(1, 16);
    part.count = static_cast<std::uint16_t>(1 + number(2, 4));
    part.index = static_cast<std::uint16_t>(number(3, 4));
    part.offset = number(3, 64) / 4;
    if (part.index == 0) part.channel = "c";
    part.bytes = letters.substr(number(2, 20), number(1, 160) / 16);
    // What the reader accepts.
    const auto datagram = datagram_of(part);
    const auto parsed = lcm::parse(datagram);
    if (const auto* accepted = std::get_if<lcm::part>(&parsed)) audited.add(*accepted);
  }
}

void cut_and_read(std::string_view payload) {
  const auto size = lcm::cut::least_datagram_size + payload.size() % 100;
  const lcm::cut parts(7, "channel", payload, size);
  lcm::reassembly whole;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto datagram = datagram_of(parts[i]);
    require(datagram.size() <= size);
    const auto parsed = lcm::parse(datagram);
    require(std::holds_alternative<lcm::part>(parsed));
    if (parts.is_short()) return require(std::get<lcm::part>(parsed).bytes == payload);
    const auto got = whole.add(std::get<lcm::part>(parsed), {});
    const bool is_last = i + 1 == parts.size();
    require((got.what == lcm::reassembly::fate::completed) == is_last);
    if (is_last) require(got.message.view() == payload);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read_all(input);
  mix(input);
  cut_and_read(input);
  return 0;
}
