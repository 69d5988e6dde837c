// Runs of any size, cut into datagrams of any size, kept, dropped and lent: they
// stay the datagrams that they were.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "caf_dgram/dgram/batch.h"
#include "caf_dgram/dgram/memory/backlog.h"
#include "caf_dgram/dgram/memory/lease.h"
#include "tests/fuzz/require.h"

namespace {

/// Numbers and bytes out of an input; zeros when it has ended.
class source {
 public:
  source(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}

  std::size_t byte() { return left_ == 0 ? 0 : (--left_, *data_++); }
  std::size_t number() { return byte() << 8U | byte(); }
  bool is_empty() const { return left_ == 0; }

  std::string bytes(std::size_t at_most) {
    const auto count = std::min(at_most, left_);
    std::string result(reinterpret_cast<const char*>(data_), count);
    data_ += count;
    left_ -= count;
    return result;
  }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

std::vector<std::string> texts(const dgram::batch& datagrams) {
  std::vector<std::string> result;
  for (const auto& each : datagrams) result.emplace_back(each.joined());
  return result;
}

std::vector<std::string> cut_every(std::size_t segment, const std::string& bytes) {
  if (segment == 0 || bytes.size() <= segment) return {bytes};
  std::vector<std::string> result;
  for (std::size_t at = 0; at < bytes.size(); at += segment) {
    result.push_back(bytes.substr(at, segment));
  }
  return result;
}

/// Puts heads in front of what a body is cut into.
void check_heads(source& in, const std::string& body, std::size_t segment,
                 std::vector<std::string> expected) {
  const std::size_t size = in.byte() % 4;
  const std::size_t given = in.byte() % 2 == 0 ? size * expected.size() : in.byte();
  const std::string heads(given, 'h');
  dgram::batch headed;
  const bool is_added = headed.add_segments({heads, size}, body, segment);
  require(is_added == (given == size * expected.size()));
  if (!is_added) return require(headed.empty());
  for (auto& each : expected) each.insert(0, size, 'h');
  require(texts(headed) == expected);
  require(headed.bytes() == heads.size() + body.size());
  require(headed.runs().size() == 1);
  require(headed.contiguous(headed.runs()[0]).size() == headed.bytes());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  source in(data, size);
  const auto peer = dgram::endpoint::loopback(dgram::family::udp4, 1);
  dgram::batch all;
  std::vector<std::string> expected;
  for (auto runs = in.byte() % 8; runs > 0; --runs) {
    const auto kind = in.byte();
    const auto segment = in.number();
    auto bytes = in.bytes(in.number());
    if (kind % 4 == 3) {
      expected.push_back(bytes);
      const auto real = bytes.size() + 1 + segment;
      all.add_truncated(std::move(bytes), real, peer);
      continue;
    }
    const auto cut = cut_every(segment, bytes);
    if (kind % 4 == 2) check_heads(in, bytes, segment, cut);
    expected.insert(expected.end(), cut.begin(), cut.end());
    all.add_segments(std::move(bytes), segment, peer);
  }
  require(all.size() == expected.size());
  require(texts(all) == expected);

  const auto account = std::make_shared<dgram::memory_account>(1000, [] {});
  {
    const auto lent = dgram::lend(all, account, {1, 0});
    require(lent == all);
    require(account->held() >= all.size());
  }
  require(account->held() == 0);

  dgram::backlog waiting;
  waiting.add(all);
  auto first = expected.begin();
  auto last = expected.end();
  while (!waiting.empty()) {
    const auto action = in.is_empty() ? 0 : in.byte() % 3;
    const auto count = std::min(in.byte() + (in.is_empty() ? 1 : 0), waiting.size());
    const auto step = static_cast<std::ptrdiff_t>(count);
    if (action == 0) {
      const auto got = waiting.take(count);
      require(texts(got) == std::vector<std::string>(first, first + step));
      first += step;
    } else if (action == 1) {
      waiting.drop_oldest(count);
      first += step;
    } else {
      waiting.drop_newest(count);
      last -= step;
    }
    require(waiting.size() == static_cast<std::size_t>(last - first));
  }
  return 0;
}
