// Runs a fuzz target over its corpus, the directory that $CORPUS names, so that
// every test run does.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

TEST(Corpus, HoldsWhatItMust) {
  const char* corpus = std::getenv("CORPUS");
  ASSERT_NE(corpus, nullptr);
  int inputs = 0;
  for (const auto& each : std::filesystem::directory_iterator(corpus)) {
    SCOPED_TRACE(each.path().string());
    std::ifstream file(each.path(), std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()),
        0);
    ++inputs;
  }
  EXPECT_GT(inputs, 0);
}

}  // namespace
