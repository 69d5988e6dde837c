/// Whether datagrams of one size to one destination may leave as one call that
/// the kernel or the device cuts into datagrams (UDP_SEGMENT, udp(7)): on a
/// fast path that is many times faster. Devices and routes that cannot do it are
/// learnt from the call's failure, after which the datagrams go one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "caf_dgram/dgram/endpoint.h"

namespace dgram {

/// What one socket knows about it. Used on the socket's thread.
class segmentation {
 public:
  /// Segments of one call: what every kernel with the feature takes.
  static constexpr std::size_t max_segments = 64;

  /// `supported`: the socket has the option at all.
  explicit segmentation(bool supported) noexcept : enabled_(supported) {}

  /// Whether segments of that size to that destination (null: the connected
  /// peer) may share a call.
  bool allows(const endpoint* to, std::size_t segment_size) const;

  /// A call with several segments failed with `error`. True if segmentation is
  /// to blame: the datagrams are to be sent one by one, and `allows` will say so
  /// from now on. EIO: the device cannot do it, hence never again. EINVAL,
  /// EMSGSIZE: the segments do not fit the path's MTU, hence not of that size to
  /// that destination.
  bool learn_from(int error, const endpoint* to, std::size_t segment_size);

 private:
  /// Destinations that are remembered; with more of them it is switched off.
  static constexpr std::size_t max_limits = 64;

  bool enabled_;
  /// Per destination, the smallest size that failed; the wildcard stands for
  /// the connected peer.
  std::unordered_map<endpoint, std::size_t> too_large_;
};

}  // namespace dgram
