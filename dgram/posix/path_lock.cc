#include "caf_dgram/dgram/posix/path_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

namespace dgram {
namespace {

constexpr int tries = 100;
constexpr std::chrono::milliseconds pause{1};

std::string directory_of(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).parent_path().string();
}

}  // namespace

path_lock::path_lock(const std::string& path)
    : directory_(::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!directory_) {
    error_ = errno;
    return;
  }
  for (int i = 0; i < tries; ++i) {
    error_ = ::flock(directory_.get(), LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (error_ != EWOULDBLOCK) return;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace dgram
