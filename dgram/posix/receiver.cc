#include "caf_dgram/dgram/posix/receiver.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "caf_dgram/dgram/posix/segmentation.h"

namespace dgram {
namespace {

/// Packs datagrams back to back into as few chunks as possible.
class packer {
 public:
  packer(chunk_pool& pool, std::size_t total, const receive_terms& terms)
      : pool_(pool), left_(total), terms_(terms) {}

  payload pack(std::string_view bytes) {
    // With an account even an empty datagram takes a chunk, which carries its
    // charge.
    if (bytes.empty() && !terms_.account) return {};
    if (bytes.size() > room_ || next_ == nullptr) {
      open(std::max(bytes.size(), std::min(left_, largest_chunk)));
    }
    std::memcpy(next_, bytes.data(), bytes.size());
    auto result = payload::view_of(owner_, {next_, bytes.size()});
    next_ += bytes.size();
    room_ -= bytes.size();
    left_ -= bytes.size();
    return result;
  }

  /// Charges more to the chunk packed into last.
  void charge_more(std::size_t bytes) noexcept {
    if (current_ != nullptr) current_->charge_more(bytes);
  }

 private:
  static constexpr std::size_t largest_chunk = chunk_pool::sizes.back();

  void open(std::size_t at_least) {
    auto memory = pool_.take(at_least);
    if (terms_.account) memory->charge_to(terms_.account);
    current_ = memory.get();
    next_ = memory->data();
    room_ = memory->capacity();
    // Only the packer writes to it, and to each part before others see it.
    owner_ = chunk::share(std::move(memory));
  }

  chunk_pool& pool_;
  std::size_t left_;
  const receive_terms& terms_;
  byte_owner_ref owner_;
  chunk* current_ = nullptr;
  char* next_ = nullptr;
  std::size_t room_ = 0;
};

/// Number of buffers there is room for.
std::size_t buffers_to_read(family f, const receive_terms& terms) {
  const auto buffer = is_udp(f) ? chunk_pool::sizes.back() : receiver::largest_unix;
  const auto datagrams = is_udp(f) ? segmentation::max_segments : 1;
  const auto most = buffer + terms.costs.run + terms.costs.datagram * datagrams;
  return std::clamp<std::size_t>(terms.room / most, 1, receiver::max_buffers);
}

}  // namespace

receiver::receiver(std::shared_ptr<chunk_pool> pool) : pool_(std::move(pool)) {}

void receiver::prepare(family f) {
  if (slots_.empty()) {
    slots_.resize(max_buffers);
    messages_.resize(max_buffers);
  }
  if (f == family::unix_dgram && !overflow_) {
    overflow_.reset(new char[max_buffers * largest_unix]);
  }
  // Headers that the kernel has not touched are reused.
  if (std::exchange(prepared_for_, f) != f) prepared_ = 0;
  for (; prepared_ < max_buffers; ++prepared_) {
    const auto i = max_buffers - 1 - prepared_;
    auto& slot = slots_[i];
    if (!slot.memory) slot.memory = pool_->take(chunk_pool::sizes.back());
    slot.parts[0] = {slot.memory->data(), slot.memory->capacity()};
    auto& header = messages_[i].msg_hdr;
    header = {};
    header.msg_name = &slot.sender;
    header.msg_namelen = sizeof(slot.sender);
    header.msg_iov = slot.parts.data();
    header.msg_iovlen = 1;
    if (f == family::unix_dgram) {
      slot.parts[1] = {&overflow_[i * largest_unix], largest_unix - slot.memory->capacity()};
      header.msg_iovlen = 2;
    }
    header.msg_control = slot.control.data();
    header.msg_controllen = slot.control.size();
  }
}

payload receiver::hand_over(slot& from, std::size_t size, const receive_terms& terms,
                            std::size_t costs) {
  auto memory = std::move(from.memory);
  if (const auto there = memory->capacity(); size > there) {
    auto whole = pool_->take(size);
    std::memcpy(whole->data(), memory->data(), there);
    std::memcpy(whole->data() + there, from.parts[1].iov_base, size - there);
    from.memory = std::exchange(memory, std::move(whole));
  }
  if (terms.account) {
    memory->charge_to(terms.account);
    memory->charge_more(costs);
  }
  const auto* data = memory->data();
  return payload::view_of(chunk::share(std::move(memory)), {data, size});
}

receive_outcome receiver::receive(socket& from, batch& into, const receive_terms& terms) {
  prepare(from.family());
  const auto asked = buffers_to_read(from.family(), terms);
  const int got = from.receive(absl::MakeSpan(messages_).first(asked));
  receive_outcome outcome;
  if (got < 0) {
    outcome.error = -got;
    outcome.emptied = got == -EAGAIN || got == -EWOULDBLOCK;
    return outcome;
  }
  const auto count = outcome.buffers = static_cast<std::size_t>(got);
  outcome.emptied = receives_all && count < asked;
  // Slots are prepared from the back, so those behind `count` are still ready.
  prepared_ = max_buffers - count;

  const auto limit = from.family() == family::unix_dgram ? largest_unix : chunk_pool::sizes.back();
  const auto stored = [&](std::size_t i) {
    return std::min<std::size_t>(messages_[i].msg_len, limit);
  };
  const auto is_packed = [](std::size_t size) { return size < handed_over; };
  const auto peer_of = [&](std::size_t i) {
    auto peer = endpoint::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&slots_[i].sender),
                                        messages_[i].msg_hdr.msg_namelen);
    return peer ? *peer : endpoint::wildcard(from.family());
  };
  enum class fate : std::uint8_t { kept, broadcast, blocked, stranger };
  const auto fate_of = [&](std::size_t i, const control_info& reported) {
    if (reported.is_broadcast && from.ignores_broadcasts()) return fate::broadcast;
    if (terms.blocked != nullptr && terms.blocked->contains(peer_of(i))) return fate::blocked;
    const bool is_stranger = terms.only_from != nullptr && peer_of(i) != *terms.only_from;
    return is_stranger ? fate::stranger : fate::kept;
  };
  std::array<fate, max_buffers> fates{};
  std::size_t to_pack = 0;
  for (std::size_t i = 0; i < count; ++i) {
    slots_[i].reported = read_control(messages_[i].msg_hdr);
    fates[i] = fate_of(i, slots_[i].reported);
    if (is_packed(stored(i)) && fates[i] == fate::kept) to_pack += stored(i);
  }

  packer small(*pool_, to_pack, terms);
  into.reserve(into.runs().size() + count);
  for (std::size_t i = 0; i < count; ++i) {
    auto& slot = slots_[i];
    const auto size = stored(i);
    const auto segment_size = slot.reported.segment_size;
    if (slot.reported.drops) outcome.drops = slot.reported.drops;
    const bool is_cut = messages_[i].msg_len > size;
    const auto segments = is_cut || segment_size == 0 ? 1 : segment_count(size, segment_size);
    if (fates[i] == fate::blocked) outcome.blocked += segments;
    if (fates[i] == fate::stranger) outcome.strangers += segments;
    if (fates[i] != fate::kept) continue;
    const auto peer = peer_of(i);
    const auto costs = terms.costs.run + terms.costs.datagram * segments;
    payload bytes;
    if (is_packed(size)) {
      bytes = small.pack({slot.memory->data(), size});
      small.charge_more(costs);
    } else {
      bytes = hand_over(slot, size, terms, costs);
    }
    outcome.truncated += is_cut ? 1 : 0;
    into.add_run(std::move(bytes), segment_size, messages_[i].msg_len,
                 {peer, from.is_on_all_addresses() ? slot.reported.local : ip_address()});
  }
  return outcome;
}

}  // namespace dgram
