#include "caf_dgram/actors/bus/core/channel_index.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "caf_dgram/actors/bus/commands.h"
#include "caf_dgram/dgram/error.h"
#include "caf_dgram/dgram/lcm/datagram.h"
#include "caf_dgram/dgram/quoted.h"

namespace dgram {
namespace {

/// Without characters that have a meaning in regular expressions.
bool is_name(std::string_view pattern) {
  return pattern.find_first_of(R"(\^$.|?*+()[]{})") == std::string_view::npos;
}

absl::Status refused(const std::string& pattern, std::string_view why) {
  return failure(errc::invalid_channel, subscribe_channels::operation, dgram::quoted(pattern),
                 absl::string_view(why.data(), why.size()));
}

}  // namespace

absl::Status channel_index::add(const std::string& pattern, key which) {
  if (is_name(pattern)) {
    if (!lcm::is_channel(pattern)) return refused(pattern, "a channel has 1 to 63 bytes, none NUL");
    names_.emplace(pattern, matches{which});
    remembered_.clear();
    return absl::OkStatus();
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  // A name is bytes: "." is any of them.
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  auto compiled = std::make_unique<const re2::RE2>(pattern, options);
  if (!compiled->ok()) return refused(pattern, compiled->error());
  expressions_.emplace(pattern, expression{std::move(compiled), which});
  remembered_.clear();
  return absl::OkStatus();
}

void channel_index::remove(const std::string& pattern) {
  names_.erase(pattern);
  expressions_.erase(pattern);
  remembered_.clear();
}

const std::vector<channel_index::key>& channel_index::match(std::string_view channel) {
  static const matches none;
  const absl::string_view name(channel.data(), channel.size());
  const auto named = names_.find(name);
  if (expressions_.empty()) return named != names_.end() ? named->second : none;
  if (const auto known = remembered_.find(name); known != remembered_.end()) return known->second;
  if (remembered_.size() >= max_remembered) remembered_.clear();
  matches found;
  if (named != names_.end()) found = named->second;
  for (const auto& [pattern, each] : expressions_) {
    if (re2::RE2::FullMatch({channel.data(), channel.size()}, *each.compiled)) {
      found.push_back(each.which);
    }
  }
  return remembered_.emplace(name, std::move(found)).first->second;
}

}  // namespace dgram
