#include "caf_dgram/actors/bus/topic.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "re2/re2.h"

namespace dgram {
namespace {

constexpr std::size_t longest_name = 255;

bool is_in_name(char each) noexcept { return each > ' ' && each < '\x7f'; }

/// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/).
std::uint64_t fingerprint_of(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char each : text) {
    hash ^= static_cast<unsigned char>(each);
    hash *= 0x100000001b3U;
  }
  return hash;
}

}  // namespace

std::string to_string(const topic_type& type) {
  return absl::StrCat(type.name.empty() ? "a type without a name" : type.name, " (",
                      absl::Hex(type.fingerprint, absl::kZeroPad16), ")");
}

std::string to_string(const topic_mismatch& what) {
  return absl::StrCat(what.channel, " from ", what.sender.to_string(), ": ",
                      to_string(what.expected), " expected, ",
                      what.found ? to_string(*what.found) : "no message of a topic", " came");
}

topic_type described_type(std::string_view description) {
  std::string name(description.substr(0, description.find_first_of("{[,")), 0, longest_name);
  std::replace_if(
      name.begin(), name.end(), [](char each) { return !is_in_name(each); }, '_');
  return {std::move(name), fingerprint_of(description)};
}

topic_header::topic_header(const topic_type& type) {
  value_writer writer(bytes_);
  writer.number(type.fingerprint);
  writer.number(static_cast<std::uint8_t>(type.name.size()));
  bytes_ += type.name;
}

bool topic_header::take_from(std::string_view& bytes) const noexcept {
  if (bytes.substr(0, bytes_.size()) != bytes_) return false;
  bytes.remove_prefix(bytes_.size());
  return true;
}

std::optional<topic_type> topic_header::read(std::string_view bytes) {
  value_reader reader(bytes);
  topic_type type;
  std::uint8_t length = 0;
  reader.number(type.fingerprint);
  reader.number(length);
  type.name = reader.take(length);
  // Whatever came could be 9 bytes.
  const bool is_printable = std::all_of(type.name.begin(), type.name.end(), is_in_name);
  if (reader.has_failed() || !is_printable) return std::nullopt;
  return type;
}

void message_batch::end_message() {
  const auto size = bytes_.size() - std::exchange(ended_, bytes_.size());
  if (runs_.empty() || runs_.back().size != size) runs_.push_back({size, 0});
  ++runs_.back().count;
}

batch message_batch::take() {
  batch result;
  const payload all(std::move(bytes_));
  std::size_t offset = 0;
  for (const auto& [size, count] : runs_) {
    result.add_segments(all.slice(offset, size * count), size);
    offset += size * count;
  }
  *this = {};
  return result;
}

std::string pattern_of(std::string_view channel) {
  return re2::RE2::QuoteMeta(re2::StringPiece(channel.data(), channel.size()));
}

}  // namespace dgram
