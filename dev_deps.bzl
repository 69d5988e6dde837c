"""What only this project's own tests, bench and examples need."""

load("//third_party:installed.bzl", "installed_lcm", "installed_libraries", "installed_libuv")

def caf_dgram_dev_deps():
    """Declares GoogleTest, Google Benchmark, LCM and libuv, as found in /usr."""
    installed_libraries(
        name = "caf_dgram_googletest",
        libs = {
            ":gtest": [
                "gmock",
                "gtest",
            ],
            ":gtest_main": [
                "gmock_main",
                "gmock",
                "gtest",
            ],
        },
    )
    installed_libraries(
        name = "caf_dgram_benchmark",
        libs = {
            ":benchmark_main": [
                "benchmark_main",
                "benchmark",
            ],
        },
    )
    installed_lcm(name = "caf_dgram_lcm")
    installed_libuv(name = "caf_dgram_libuv")
