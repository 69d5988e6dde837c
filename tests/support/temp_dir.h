/// A directory for a test's files, removed with its contents.
#pragma once

#include <filesystem>
#include <string>

namespace dgram::testing {

class temp_dir {
 public:
  temp_dir();
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;
  ~temp_dir();

  /// The path of a file in it; short enough for a Unix socket.
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace dgram::testing
