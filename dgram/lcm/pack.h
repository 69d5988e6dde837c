/// Datagrams with several short messages, for receivers that understand them: LCM's own library
/// does not.
///
///   "CDP1", then groups: u16 size, u16 count, `count` short messages of `size` bytes each
///
/// At most `max_packed` in all: what a datagram costs its receivers is limited.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "caf_dgram/dgram/lcm/datagram.h"

namespace dgram::lcm {

inline constexpr std::size_t max_packed = 512;

bool is_pack(std::string_view datagram) noexcept;

/// Reads a pack.
///
///   pack_reader pack(datagram);
///   while (const auto group = pack.next()) use(group->messages, group->size);
class pack_reader {
 public:
  /// Datagrams of one size, one behind the other.
  struct group {
    std::string_view messages;
    std::size_t size;
  };

  /// Precondition: `is_pack(datagram)`.
  explicit pack_reader(std::string_view datagram) noexcept;

  /// Nothing at the end, or where there is no group.
  std::optional<group> next() noexcept;

  /// Whether something was no group.
  bool is_damaged() const noexcept { return !rest_.empty(); }

 private:
  std::string_view rest_;
  std::size_t room_ = max_packed;
};

/// Writes a pack into memory that has room for a datagram.
class pack_writer {
 public:
  bool is_open() const noexcept { return begin_ != nullptr; }

  void open(char* memory, std::size_t room) noexcept;

  /// Adds a short message. Returns false, and adds nothing, if there is no room for it.
  bool add(const part& message) noexcept;

  /// Bytes written so far.
  std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - begin_); }

  /// Returns how many bytes the datagram has that is in the memory now. One message is not packed.
  std::size_t close() noexcept;

 private:
  char* begin_ = nullptr;
  char* end_ = nullptr;
  char* limit_ = nullptr;
  char* group_ = nullptr;       ///< Where the last group begins.
  std::size_t group_size_ = 0;  ///< Of its messages.
  std::uint16_t in_group_ = 0;  ///< Its messages.
  std::size_t messages_ = 0;
};

}  // namespace dgram::lcm
