#include "tests/support/temp_dir.h"

#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace dgram::testing {

temp_dir::temp_dir() {
  // Paths in Bazel's test directory are too long for sun_path.
  std::string path = "/tmp/caf-dgram.XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("mkdtemp failed for " + path);
  path_ = path;
}

temp_dir::~temp_dir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace dgram::testing
