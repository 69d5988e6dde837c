#include "caf_dgram/dgram/posix/path_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace dgram {
namespace {

/// Whether the file is still the one at its path: who held the lock before has removed it.
bool is_at(const std::string& path, int fd) {
  struct ::stat mine {};
  struct ::stat there {};
  return ::fstat(fd, &mine) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

}  // namespace

path_lock::path_lock(const std::string& path) : file_(path + ".lock") {
  while (true) {
    unique_fd fd(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      error_ = errno;
      return;
    }
    if (is_at(file_, fd.get())) {
      fd_ = std::move(fd);
      return;
    }
  }
}

path_lock::~path_lock() {
  // While it is still held, so that nobody else's file is removed.
  if (fd_) ::unlink(file_.c_str());
}

}  // namespace dgram
