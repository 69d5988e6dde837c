/// Decides whether datagrams of one size to one destination may share a message
/// that the kernel or the device cuts apart (UDP_SEGMENT, udp(7)), which is
/// many times faster. Devices and routes that cannot do it are learned from a
/// failed call; their datagrams are then sent one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "caf_dgram/dgram/endpoint.h"

namespace dgram {

/// What one socket has learned. Used on the socket's thread.
class segmentation {
 public:
  /// Segments per message that every kernel with the feature takes.
  static constexpr std::size_t max_segments = 64;

  /// `supported`: the socket has the option at all.
  explicit segmentation(bool supported) noexcept : enabled_(supported) {}

  /// Whether segments of that size to that destination (null: the connected
  /// peer) may share a message.
  bool allows(const endpoint* to, std::size_t segment_size) const;

  /// Whether segmentation may be why a message of several segments failed with
  /// `error`. It is if its datagrams can be sent one by one.
  static bool may_cause(int error) noexcept;

  /// Records that segmentation was why a message failed. EIO: the device cannot
  /// do it, and `allows` is false from now on. EINVAL, EMSGSIZE: the segments
  /// exceed the path's MTU, and `allows` is false for that size and destination,
  /// until many others have failed.
  void learn_from(int error, const endpoint* to, std::size_t segment_size);

  /// Call it when the connected peer changes: what was learned of the former
  /// one does not hold for the next.
  void forget_peer();

 private:
  /// Destinations remembered; the oldest is forgotten for the next.
  static constexpr std::size_t max_limits = 64;

  bool enabled_;
  /// Per destination, the smallest size that failed; the wildcard stands for
  /// the connected peer.
  std::unordered_map<endpoint, std::size_t> too_large_;
  std::vector<endpoint> oldest_first_;  ///< The keys. Most sockets learn nothing.
};

}  // namespace dgram
