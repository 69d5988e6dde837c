/// The tables and files that a bench run produces.
#pragma once

#include <string>
#include <vector>

#include "bench/measure.h"

namespace bench {

/// One quantity of one contender in one workload, over all runs.
struct row {
  std::string workload;
  std::string contender;
  std::string unit;
  std::vector<double> values;  ///< One per run.
  double ratio_to_raw = 0;     ///< Of the medians.

  double median() const;
  double lowest() const;
  double highest() const;
};

class report {
 public:
  /// Adds one run's figure; `limit` says whether the contender is the workload's limit.
  void add(const std::string& workload, const std::string& contender, bool limit,
           const figure& value);

  /// Compares medians; call it after the last `add`.
  void compare();

  /// One table per quantity, with ratios to the limit and to each peer.
  void print() const;

  /// {"rows":[{"workload","contender","unit","median","min","max","runs","ratio_to_raw"}, …]}
  void write_json(const std::string& path) const;

 private:
  const row* find(const std::string& workload, const std::string& contender) const;

  std::vector<row> rows_;
  std::vector<std::pair<std::string, std::string>> limits_;  ///< Workload and contender.
};

}  // namespace bench
