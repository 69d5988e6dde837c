/// The workloads, and who takes part in each.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/traffic.h"

namespace bench {

/// A contender by name, made when it is measured.
struct entry {
  std::string name;
  std::function<std::unique_ptr<contender>()> make;
};

struct workload {
  std::string name;
  std::string about;
  std::string limit;  ///< The contender that all others are compared with.
  std::vector<entry> contenders;
  std::function<std::vector<figure>(contender&, const effort&)> measure;
};

std::vector<workload> all_workloads();

/// The names of those that are no plain C++ and not this library.
const std::vector<std::string>& peers();

}  // namespace bench
