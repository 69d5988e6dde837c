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

bool segmentation::learn_from(int error, const endpoint* to, std::size_t segment_size) {
  switch (error) {
    case EIO:
      enabled_ = false;
      return true;
    case EINVAL:
    case EMSGSIZE: {
      const auto [known, is_new] =
          too_large_.try_emplace(to != nullptr ? *to : endpoint(), segment_size);
      known->second = std::min(known->second, segment_size);
      if (too_large_.size() > max_limits) enabled_ = false;
      return true;
    }
    default:
      return false;
  }
}

}  // namespace dgram
