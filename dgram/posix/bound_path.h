/// The file that bind(2) makes for a Unix socket. It is known by path and by
/// identity, so that nobody else's file is removed.
///
///   bound_path file(*endpoint::unix_path("/run/x"));  // right after bind(2)
///   file.unlink();
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "caf_dgram/dgram/endpoint.h"
#include "caf_dgram/dgram/posix/syscalls.h"

namespace dgram {

class bound_path {
 public:
  /// No file, as for an IP address, an abstract name or no name.
  bound_path() noexcept = default;

  bound_path(bound_path&& other) noexcept { *this = std::move(other); }
  bound_path& operator=(bound_path&& other) noexcept;

  /// The file that stands at the endpoint's path now, if it has one.
  explicit bound_path(const endpoint& local);

  /// Removes the file, unless another stands at its path by now. Once.
  void unlink() noexcept;

  /// Removes the file of a socket that is closed: connect(2) to it answers
  /// ECONNREFUSED. Returns 0, or EADDRINUSE for one that is open and for what
  /// is no socket, or the errno of unlink(2).
  static int remove_stale(const endpoint& local, const syscalls& kernel);

 private:
  std::string path_;
  ::dev_t device_ = 0;
  ::ino_t inode_ = 0;
};

}  // namespace dgram
