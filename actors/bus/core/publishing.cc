#include "caf_dgram/actors/bus/core/publishing.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/lcm/cut.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/lcm/heartbeat.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {

absl::Status publishing::check(const char* operation, std::string_view channel,
                               std::size_t size) const {
  if (!lcm::is_channel(channel)) {
    return failure(errc::invalid_channel, operation, dgram::quoted(std::string(channel)),
                   "a channel has 1 to 63 bytes, none NUL");
  }
  if (channel == lcm::heartbeat::channel) {
    return failure(errc::invalid_channel, operation, dgram::quoted(std::string(channel)),
                   "reserved for heartbeats");
  }
  if (size > terms_.max_message ||
      !lcm::cut::is_possible(channel.size(), size, terms_.datagram_size)) {
    return failure(errc::payload_too_large, operation, absl::StrCat(size, " bytes"),
                   absl::StrCat("at most ", terms_.max_message, ", and ", lcm::max_fragments,
                                " datagrams of ", terms_.datagram_size, " bytes"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::uint32_t> publishing::add(std::string_view channel, std::string_view bytes,
                                              absl::FunctionRef<payload()> share,
                                              clock::time_point now) {
  if (!writer_.add(next_, channel, bytes, share)) {
    return failure(errc::queue_full, publish::operation, absl::StrCat(bytes.size(), " bytes"),
                   "no memory");
  }
  ++published_;
  published_bytes_ += bytes.size();
  if (!began_) began_ = last_heartbeat_ = now;
  if (terms_.first_heartbeat > clock::duration::zero()) {
    // Soon after the last message, and now and then between many.
    interval_ = terms_.first_heartbeat;
    next_heartbeat_ = std::min(now + interval_, last_heartbeat_ + terms_.longest_heartbeat);
  }
  return next_++;
}

void publishing::beat_if_due(clock::time_point now) {
  if (next_heartbeat_ && *next_heartbeat_ <= now) beat(now);
}

void publishing::beat(clock::time_point now) {
  if (!next_heartbeat_) return;
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - *began_);
  // Numbers are told apart up to half their range.
  const auto told = std::min<std::uint64_t>(published_, std::numeric_limits<std::int32_t>::max());
  const auto first = next_ - static_cast<std::uint32_t>(told);
  const auto datagram = lcm::heartbeat{terms_.instance, first, next_ - 1, age}.write();
  if (writer_.add({datagram.data(), datagram.size()})) ++heartbeats_;
  last_heartbeat_ = now;
  interval_ = std::min(interval_ * 2, terms_.longest_heartbeat);
  next_heartbeat_ = now + interval_;
}

void publishing::count_into(bus_statistics& total) const noexcept {
  total.published = published_;
  total.published_bytes = published_bytes_;
  total.heartbeats = heartbeats_;
}

}  // namespace dgram
