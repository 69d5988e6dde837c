#include "caf_dgram/actors/bus/core/hearing.h"

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "caf_dgram/actors/bus/events.h"
#include "caf_dgram/dgram/lcm/heartbeat.h"
#include "caf_dgram/dgram/lcm/pack.h"

namespace dgram {

/// Short messages of one channel and size that follow each other in memory: they are passed on
/// together.
class hearing::stretch {
 public:
  stretch(hearing& to, const datagram_run& run, const datagram_ends& ends)
      : to_(to), run_(run), ends_(ends) {}
  stretch(const stretch&) = delete;
  stretch& operator=(const stretch&) = delete;

  /// The last one may be shorter than `size`.
  void add(std::string_view channel, std::string_view datagram, std::size_t size) {
    const auto offset = static_cast<std::size_t>(datagram.data() - run_.bytes.data());
    if (length_ > 0 && (channel != channel_ || size != size_ || offset != offset_ + length_)) end();
    if (length_ == 0) {
      channel_ = channel;
      size_ = size;
      offset_ = offset;
    }
    length_ += datagram.size();
  }

  void end() {
    const auto length = std::exchange(length_, 0);
    if (length == 0) return;
    if (length == run_.bytes.size()) return to_.pass_on(channel_, run_.bytes, size_, ends_);
    to_.pass_on(channel_, run_.bytes.slice(offset_, length), size_, ends_);
  }

 private:
  hearing& to_;
  const datagram_run& run_;
  const datagram_ends& ends_;
  std::string_view channel_;
  std::size_t size_ = 0;
  std::size_t offset_ = 0;
  std::size_t length_ = 0;
};

hearing::hearing(subscriptions& audience, lcm::senders::limits bounds)
    : audience_(audience),
      senders_(bounds, [this](const endpoint& sender, const lcm::lost_messages& lost) {
        tell(sender, lost);
      }) {}

void hearing::tell(const endpoint& sender, const lcm::lost_messages& lost) {
  const auto& [first, last] = lost.which;
  if (!losses_told_.spend(clock::now(), lost.which.size())) return;
  audience_.publish(message_loss_event{sender, lost.place, first, last, lost.channel,
                                       losses_told_.take_withheld()});
}

void hearing::pass_on(std::string_view channel, const payload& bytes, std::size_t size,
                      const datagram_ends& ends) {
  const auto& to = audience_.of(channel);
  if (to.empty()) {
    unwanted_ += segment_count(bytes.size(), size);
  } else {
    audience_.add(to, bytes, size, ends);
  }
}

void hearing::take(std::string_view datagram, std::size_t size, place_in_pack where,
                   stretch& together, const datagram_ends& ends, clock::time_point now) {
  using gain = lcm::incoming::gain;
  auto read = lcm::parse(datagram);
  auto* const part = std::get_if<lcm::part>(&read);
  if (part == nullptr) return reject(std::get<lcm::flaw>(read));
  if (where != place_in_pack::none && !part->is_short) return reject(lcm::flaw::damaged_pack);
  part->follows = where == place_in_pack::later;
  if (part->is_short && part->channel == lcm::heartbeat::channel) {
    const auto said = lcm::read_heartbeat(*part);
    if (!said) return reject(lcm::flaw::unknown_heartbeat);
    return senders_.hear(*ends.peer, *said, now, since_);
  }
  auto got = senders_.add(*ends.peer, *part, now);
  if (got.what == gain::short_message) {
    together.add(part->channel, datagram, size);
  } else if (got.what == gain::long_message) {
    together.end();
    pass_on(got.channel, got.datagram, got.datagram.size(), ends);
  }
}

void hearing::take(const datagram_run& run, const datagram_ends& ends, clock::time_point now) {
  stretch together(*this, run, ends);
  const auto count = run.count();
  for (std::size_t i = 0; i < count; ++i) {
    const auto datagram = run.segment_at(i * run.segment_size);
    if (!lcm::is_pack(datagram)) {
      take(datagram, run.segment_size, place_in_pack::none, together, ends, now);
      continue;
    }
    auto where = place_in_pack::first;
    lcm::pack_reader pack(datagram);
    while (const auto group = pack.next()) {
      const auto& [messages, size] = *group;
      for (std::size_t at = 0; at < messages.size(); at += size) {
        take(messages.substr(at, size), size, where, together, ends, now);
        where = place_in_pack::later;
      }
    }
    if (pack.is_damaged()) reject(lcm::flaw::damaged_pack);
  }
  together.end();
}

void hearing::take(const batch& datagrams, clock::time_point now) {
  for (const auto& run : datagrams.runs()) {
    const auto& ends = datagrams.ends_of(run);
    if (!ignored_ || ends.peer != ignored_) take(run, ends, now);
  }
  audience_.deliver();
}

void hearing::count_into(bus_statistics& total) const {
  using place = lcm::loss_place;
  total.received = senders_.delivered();
  total.unwanted = unwanted_;
  total.lost = senders_.lost();
  total.senders_forgotten = senders_.forgotten();
  for (std::size_t i = 0; i < rejected_.size(); ++i) {
    if (rejected_[i] == 0) continue;
    total.rejected.push_back({to_string(static_cast<lcm::flaw>(i)), rejected_[i]});
  }
  for (const auto& each : senders_.counts()) {
    const auto lost = [&each](place where) {
      return each.counted.lost[static_cast<std::size_t>(where)];
    };
    total.senders.push_back({each.sender, each.counted.delivered, lost(place::network),
                             lost(place::fragments), lost(place::reassembly),
                             lost(place::contradiction), each.counted.repeated,
                             each.counted.restarts, each.bytes});
  }
}

}  // namespace dgram
