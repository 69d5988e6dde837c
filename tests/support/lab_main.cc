// main for tests that use the lab.

#include <cstdio>
#include <exception>

#include "gtest/gtest.h"
#include "tests/support/lab.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  try {
    dgram::testing::lab::enter();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return RUN_ALL_TESTS();
}
