#include "caf_dgram/dgram/posix/bound_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "caf_dgram/dgram/posix/open_descriptor.h"

namespace dgram {
namespace {

/// The path, or nothing for an abstract name and for other families.
std::string file_of(const endpoint& local) {
  const auto path = local.path();
  return path.empty() || path.front() == '\0' ? std::string() : std::string(path);
}

bool is_stale(const std::string& path, const endpoint& local, const syscalls& kernel) {
  struct ::stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
  const auto probe = open_descriptor(family::unix_dgram, kernel);
  return probe.ok() && kernel.connect(probe->get(), local.data(), local.size()) != 0 &&
         errno == ECONNREFUSED;
}

}  // namespace

bound_path::bound_path(const endpoint& local) {
  const auto given = file_of(local);
  if (given.empty()) return;
  std::error_code ignored;
  // Absolute, so that a later chdir(2) does not lead `unlink` elsewhere.
  auto path = std::filesystem::absolute(given, ignored).string();
  struct ::stat found {};
  if (::lstat(path.c_str(), &found) != 0) return;
  path_ = std::move(path);
  device_ = found.st_dev;
  inode_ = found.st_ino;
}

bound_path& bound_path::operator=(bound_path&& other) noexcept {
  path_ = std::exchange(other.path_, std::string());
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

void bound_path::unlink() noexcept {
  if (path_.empty()) return;
  struct ::stat found {};
  if (::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  path_.clear();
}

int bound_path::remove_stale(const endpoint& local, const syscalls& kernel) {
  const auto path = file_of(local);
  if (path.empty() || !is_stale(path, local, kernel)) return EADDRINUSE;
  return ::unlink(path.c_str()) == 0 ? 0 : errno;
}

}  // namespace dgram
