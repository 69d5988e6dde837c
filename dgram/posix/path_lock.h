/// Lets one program at a time replace the file at a path (flock(2)).
///
///   const path_lock mine("/run/x");
///   if (!mine.is_held()) return EADDRINUSE;        // another one is at it
///   …
///
/// The lock is a file beside the path, "/run/x.lock", which exists while it is held.
#pragma once

#include <string>

#include "caf_dgram/dgram/posix/unique_fd.h"

namespace dgram {

class path_lock {
 public:
  explicit path_lock(const std::string& path);
  path_lock(const path_lock&) = delete;
  path_lock& operator=(const path_lock&) = delete;
  ~path_lock();

  bool is_held() const noexcept { return static_cast<bool>(fd_); }

  /// Why it is not held: EWOULDBLOCK if another holds it, or errno of open(2).
  int error() const noexcept { return error_; }

 private:
  std::string file_;
  unique_fd fd_;
  int error_ = 0;
};

}  // namespace dgram
