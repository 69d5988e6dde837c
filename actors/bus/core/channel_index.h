/// Which patterns match a channel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "re2/re2.h"

namespace dgram {

/// A pattern is a channel's name, found by one look-up however many there are, or a regular
/// expression that matches the whole name.
class channel_index {
 public:
  /// What a pattern stands for.
  using key = std::uint32_t;

  /// Channels whose patterns are remembered; then they are matched anew.
  static constexpr std::size_t max_remembered = 16'384;

  /// Adds a pattern that is not among those added. Errors: invalid_channel.
  absl::Status add(const std::string& pattern, key which);

  /// Removes one that is.
  void remove(const std::string& pattern);

  /// The keys of those that match, in no particular order. Valid until the next call.
  const std::vector<key>& match(std::string_view channel);

 private:
  struct expression {
    std::unique_ptr<const re2::RE2> compiled;
    key which;
  };

  using matches = std::vector<key>;

  absl::flat_hash_map<std::string, matches> names_;  ///< One key each.
  std::unordered_map<std::string, expression> expressions_;
  absl::flat_hash_map<std::string, matches> remembered_;  ///< While there are expressions.
};

}  // namespace dgram
