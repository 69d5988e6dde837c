#include "caf_dgram/dgram/lcm/pack.h"

#include <cstring>
#include <limits>

#include "caf_dgram/dgram/lcm/big_endian.h"

namespace dgram::lcm {
namespace {

constexpr std::string_view magic = "CDP1";

constexpr std::size_t group_header_size = 4;

void write_group_header(char* to, std::size_t size, std::uint16_t count) noexcept {
  big_endian_writer out(to);
  out.put(static_cast<std::uint16_t>(size));
  out.put(count);
}

}  // namespace

bool is_pack(std::string_view datagram) noexcept {
  return datagram.substr(0, magic.size()) == magic;
}

pack_reader::pack_reader(std::string_view datagram) noexcept
    : rest_(datagram.substr(magic.size())) {}

std::optional<pack_reader::group> pack_reader::next() noexcept {
  if (rest_.size() < group_header_size) return std::nullopt;
  big_endian_reader in(rest_);
  const std::size_t size = in.take<std::uint16_t>();
  const std::size_t count = in.take<std::uint16_t>();
  if (size == 0 || count == 0 || count > room_ || size * count > in.rest().size()) {
    return std::nullopt;
  }
  room_ -= count;
  const auto messages = in.rest().substr(0, size * count);
  rest_ = in.rest().substr(messages.size());
  return group{messages, size};
}

void pack_writer::open(char* memory, std::size_t room) noexcept {
  *this = {};
  begin_ = end_ = memory;
  limit_ = memory + room;
}

bool pack_writer::add(const part& message) noexcept {
  const auto size = short_header_size + message.channel.size() + 1 + message.bytes.size();
  constexpr auto most = std::numeric_limits<std::uint16_t>::max();
  if (messages_ == max_packed) return false;
  const bool joins = group_ != nullptr && size == group_size_;
  const auto header =
      joins ? 0 : group_header_size + (messages_ == 0 ? magic.size() : std::size_t{0});
  if (size > most || header + size > static_cast<std::size_t>(limit_ - end_)) return false;
  if (messages_ == 0) {
    std::memcpy(end_, magic.data(), magic.size());
    end_ += magic.size();
  }
  if (!joins) {
    group_ = end_;
    group_size_ = size;
    in_group_ = 0;
    end_ += group_header_size;
  }
  const auto written = write_header(message, end_);
  if (!message.bytes.empty()) {
    std::memcpy(end_ + written, message.bytes.data(), message.bytes.size());
  }
  end_ += size;
  write_group_header(group_, size, ++in_group_);
  ++messages_;
  return true;
}

std::size_t pack_writer::close() noexcept {
  auto length = size();
  if (messages_ == 1) {
    length = group_size_;
    std::memmove(begin_, end_ - length, length);
  }
  *this = {};
  return length;
}

}  // namespace dgram::lcm
