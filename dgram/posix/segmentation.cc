#include "caf_dgram/dgram/posix/segmentation.h"

#include <algorithm>
#include <cerrno>

namespace dgram {

bool segmentation::allows(const endpoint* to, std::size_t segment_size) const {
  if (!enabled_) return false;
  if (too_large_.empty()) return true;
  const auto found = too_large_.find(to != nullptr ? *to : endpoint());
  return found == too_large_.end() || segment_size < found->second;
}

bool segmentation::may_cause(int error) noexcept {
  return error == EIO || error == EINVAL || error == EMSGSIZE;
}

void segmentation::learn_from(int error, const endpoint* to, std::size_t segment_size) {
  if (error == EIO) {
    enabled_ = false;
    return;
  }
  const auto key = to != nullptr ? *to : endpoint();
  const auto [known, is_new] = too_large_.try_emplace(key, segment_size);
  known->second = std::min(known->second, segment_size);
  if (!is_new) return;
  oldest_first_.push_back(key);
  if (oldest_first_.size() <= max_limits) return;
  too_large_.erase(oldest_first_.front());
  oldest_first_.erase(oldest_first_.begin());
}

void segmentation::forget_peer() {
  if (too_large_.erase(endpoint()) == 0) return;
  oldest_first_.erase(std::find(oldest_first_.begin(), oldest_first_.end(), endpoint()));
}

}  // namespace dgram
