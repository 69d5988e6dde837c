/// Outgoing datagrams, grouped so that many share a system call, and those of
/// one size and destination a pass through the kernel.
///
///   transmit_plan plan(family::udp4, offload);
///   plan.add_run(bytes, 1200, &peer);       // as many segments as fit
///   plan.add(buffers, &peer);               // one datagram
///   sock.send(plan.transmits());
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/family.h"
#include "caf_dgram/dgram/ip_address.h"
#include "caf_dgram/dgram/payload.h"
#include "caf_dgram/dgram/posix/segmentation.h"

namespace dgram {

/// One message for the kernel: a datagram, or several of one size.
struct transmit {
  absl::Span<const ::iovec> parts;  ///< Its bytes, in order.
  const endpoint* to = nullptr;     ///< Null: the connected peer.
  std::size_t segment_size = 0;     ///< Each datagram's size; the last may be shorter.
  std::size_t count = 1;            ///< Datagrams; more than one need UDP_SEGMENT.
  ip_address from = {};             ///< Unspecified: the kernel's choice.
};

/// What the kernel accepted of several transmits.
struct transmit_result {
  std::size_t taken = 0;  ///< Number accepted, from the front.
  int error = 0;          ///< errno of the next one, if there is one.
};

/// Collects the messages of one system call. Refers to the bytes and endpoints
/// added, which must stay valid until the plan is sent or cleared.
class transmit_plan {
 public:
  /// Messages in one system call, and buffers in all of them.
  static constexpr std::size_t max_transmits = 64;
  static constexpr std::size_t max_parts = 1024;

  /// Bytes of several datagrams in one message. With headers it must fit a
  /// device's largest packet, 64 KiB; the kernel would cut a larger one itself,
  /// and nothing would be gained.
  static constexpr std::size_t max_merged_bytes = 65'000;

  /// A Unix socket's queue holds about ten (net.unix.max_dgram_qlen, unix(7)).
  static constexpr std::size_t max_unix_transmits = 12;

  /// `offload` decides which datagrams may share a message; it must outlive the
  /// plan.
  transmit_plan(family f, const segmentation& offload) noexcept
      : room_(is_udp(f) ? max_transmits : max_unix_transmits), offload_(offload) {}

  /// Adds one datagram, gathered from at most `max_parts` buffers. False if the
  /// plan has no room left.
  bool add(absl::Span<const payload> buffers, const endpoint* to, const ip_address& from = {});

  /// Adds contiguous datagrams of `segment_size` bytes each; 0 bytes are one
  /// empty datagram. Returns the number added.
  std::size_t add_run(std::string_view bytes, std::size_t segment_size, const endpoint* to,
                      const ip_address& from = {});

  /// The same, each datagram behind the next `head_size` bytes of `heads`, which holds as many.
  std::size_t add_headed_run(std::string_view heads, std::size_t head_size, std::string_view body,
                             std::size_t segment_size, const endpoint* to,
                             const ip_address& from = {});

  bool empty() const noexcept { return transmits_.empty(); }
  void clear() noexcept {
    transmits_.clear();
    parts_used_ = 0;
  }

  absl::Span<const transmit> transmits() const noexcept { return transmits_; }

 private:
  /// Whether the last message takes one more datagram of that size.
  bool joins_last(std::size_t size, std::size_t parts, const endpoint* to,
                  const ip_address& from) const;

  bool has_room(std::size_t parts) const noexcept {
    return transmits_.size() < room_ && parts_used_ + parts <= max_parts;
  }

  /// Has the last message, or a new one, take one more datagram. False if there is no room left.
  bool begin_datagram(std::size_t size, std::size_t parts, const endpoint* to,
                      const ip_address& from);

  void append_part(std::string_view bytes) noexcept;
  void open(std::size_t segment_size, const endpoint* to, const ip_address& from) noexcept;

  const std::size_t room_;
  const segmentation& offload_;
  std::size_t parts_used_ = 0;
  std::size_t last_size_ = 0;     ///< Bytes of the last message.
  bool last_takes_more_ = false;  ///< False once a shorter datagram has ended it.
  // Neither is initialized beyond what is used: most plans are of one datagram.
  absl::InlinedVector<transmit, max_transmits> transmits_;
  std::array<::iovec, max_parts> parts_;
};

}  // namespace dgram
