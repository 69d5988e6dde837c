#include "bench/report.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "bench/workloads.h"
#include "nlohmann/json.hpp"

namespace bench {

double row::median() const {
  auto sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const auto middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double row::lowest() const { return *std::min_element(values.begin(), values.end()); }

double row::highest() const { return *std::max_element(values.begin(), values.end()); }

const row* report::find(const std::string& workload, const std::string& contender) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const row& each) {
    return each.workload == workload && each.contender == contender;
  });
  return found == rows_.end() ? nullptr : &*found;
}

void report::add(const std::string& workload, const std::string& contender, bool limit,
                 const figure& value) {
  const auto name = value.quantity.empty() ? workload : workload + " " + value.quantity;
  auto* known = const_cast<row*>(find(name, contender));
  if (known == nullptr) {
    rows_.push_back({name, contender, value.unit, {}, 0});
    known = &rows_.back();
    if (limit) limits_.emplace_back(name, contender);
  }
  known->values.push_back(value.value);
}

void report::compare() {
  for (const auto& [workload, contender] : limits_) {
    const auto limit = find(workload, contender)->median();
    for (auto& each : rows_) {
      if (each.workload == workload) each.ratio_to_raw = each.median() / limit;
    }
  }
  std::stable_sort(rows_.begin(), rows_.end(), [this](const row& a, const row& b) {
    const auto position = [this](const row& each) {
      return std::find_if(limits_.begin(), limits_.end(),
                          [&](const auto& limit) { return limit.first == each.workload; });
    };
    return position(a) < position(b);
  });
}

void report::print() const {
  std::string workload;
  for (const auto& each : rows_) {
    if (each.workload != workload) {
      workload = each.workload;
      std::printf("\n%s, %s\n  %-16s %12s %12s %12s %8s", workload.c_str(), each.unit.c_str(), "",
                  "median", "min", "max", "/raw");
      for (const auto& peer : peers()) {
        if (find(workload, peer) != nullptr) std::printf(" %12s", ("/" + peer).c_str());
      }
      std::printf("\n");
    }
    const int digits = each.median() < 1000 ? 2 : 0;
    std::printf("  %-16s %12.*f %12.*f %12.*f %8.2f", each.contender.c_str(), digits, each.median(),
                digits, each.lowest(), digits, each.highest(), each.ratio_to_raw);
    for (const auto& peer : peers()) {
      const auto* other = find(workload, peer);
      if (other != nullptr) std::printf(" %12.2f", each.median() / other->median());
    }
    std::printf("\n");
  }
}

void report::write_json(const std::string& path) const {
  auto rows = nlohmann::json::array();
  for (const auto& each : rows_) {
    rows.push_back({{"workload", each.workload},
                    {"contender", each.contender},
                    {"unit", each.unit},
                    {"median", each.median()},
                    {"min", each.lowest()},
                    {"max", each.highest()},
                    {"runs", each.values.size()},
                    {"ratio_to_raw", each.ratio_to_raw}});
  }
  std::ofstream file(path);
  file << nlohmann::json{{"rows", std::move(rows)}}.dump(1) << "\n";
  if (!file) throw std::runtime_error("cannot write " + path);
}

}  // namespace bench
