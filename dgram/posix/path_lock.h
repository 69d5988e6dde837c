/// Lets one program at a time replace files in a directory (flock(2)).
///
///   const path_lock mine("/run/x");
///   if (!mine.is_held()) …                         // another one is at it
///
/// The lock is the directory's, so that no file has to be made or removed for it.
#pragma once

#include <string>

#include "caf_dgram/dgram/posix/unique_fd.h"

namespace dgram {

class path_lock {
 public:
  /// Locks the directory of the path. Waits for a moment for another holder, who needs it
  /// for a few system calls.
  explicit path_lock(const std::string& path);

  bool is_held() const noexcept { return error_ == 0; }

  /// Why it is not held: EWOULDBLOCK if another holds it, or the errno of open(2) or
  /// flock(2).
  int error() const noexcept { return error_; }

 private:
  unique_fd directory_;
  int error_ = 0;
};

}  // namespace dgram
