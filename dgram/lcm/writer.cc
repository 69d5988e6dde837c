#include "caf_dgram/dgram/lcm/writer.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "caf_dgram/dgram/lcm/cut.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/memory/heap_bytes.h"

namespace dgram::lcm {

bool writer::reserve(std::size_t bytes) {
  if (static_cast<std::size_t>(limit_ - end_) >= bytes) return true;
  auto block = std::make_unique<heap_bytes>(std::max(bytes, block_size));
  if (block->data() == nullptr) return false;
  end_run();
  run_ = end_ = block->data();
  limit_ = end_ + block->size();
  block_ = byte_owner_ref::adopt(block.release());
  return true;
}

void writer::append(std::size_t size) {
  if (run_ != end_ && (size > segment_size_ || is_last_shorter_)) end_run();
  if (run_ == end_) {
    segment_size_ = size;
    is_last_shorter_ = false;
  }
  is_last_shorter_ = size < segment_size_;
  end_ += size;
}

void writer::end_run() {
  if (run_ == end_) return;
  const std::string_view bytes(run_, static_cast<std::size_t>(end_ - run_));
  ready_.add_segments(payload::view_of(block_, bytes), segment_size_);
  run_ = end_;
}

void writer::write(const part& what) {
  const auto length = write_header(what, end_);
  if (!what.bytes.empty()) std::memcpy(end_ + length, what.bytes.data(), what.bytes.size());
  append(length + what.bytes.size());
}

bool writer::add(std::uint32_t sequence, std::string_view channel, std::string_view bytes,
                 absl::FunctionRef<payload()> share) {
  const cut parts(sequence, channel, bytes, datagram_size_);
  if (packs_ && parts.is_short()) return add_to_pack(parts[0]);
  end_pack();
  if (!parts.is_short()) return add_fragments(parts, share());
  if (!reserve(short_header_size + channel.size() + 1 + bytes.size())) return false;
  write(parts[0]);
  return true;
}

bool writer::add_fragments(const cut& parts, const payload& bytes) {
  if (!reserve(parts.size() * fragment_header_size + max_header_size)) return false;
  end_run();
  std::size_t offset = 0;
  const auto add_run = [&](std::size_t first, std::size_t last) {
    const auto size = parts[first].bytes.size();
    const auto* const begin = end_;
    std::size_t head = 0;
    std::size_t total = 0;
    for (auto i = first; i < last; ++i) {
      head = write_header(parts[i], end_);
      end_ += head;
      total += parts[i].bytes.size();
    }
    const std::string_view heads(begin, static_cast<std::size_t>(end_ - begin));
    const auto body = bytes.slice(offset, total);
    offset += total;
    return ready_.add_segments({payload::view_of(block_, heads), head}, body, size);
  };
  // The first has the channel in its header, and so less of the message. It is never the only one.
  const bool is_added = add_run(0, 1) && add_run(1, parts.size());
  run_ = end_;
  return is_added;
}

bool writer::add_to_pack(const part& message) {
  if (pack_.is_open() && pack_.add(message)) return true;
  end_pack();
  if (!reserve(datagram_size_)) return false;
  pack_.open(end_, datagram_size_);
  if (pack_.add(message)) return true;
  // Too long to be packed.
  pack_.close();
  write(message);
  return true;
}

void writer::end_pack() {
  if (pack_.is_open()) append(pack_.close());
}

bool writer::add(std::string_view datagram) {
  end_pack();
  if (!reserve(datagram.size())) return false;
  std::memcpy(end_, datagram.data(), datagram.size());
  append(datagram.size());
  return true;
}

batch writer::take() {
  end_pack();
  end_run();
  return std::exchange(ready_, {});
}

}  // namespace dgram::lcm
