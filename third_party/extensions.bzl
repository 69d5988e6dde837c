"""The installed libraries for MODULE.bazel: those that no Bazel registry has."""

load(":installed.bzl", "installed_caf", "installed_lcm", "installed_libuv")

def _installed_impl(_module_ctx):
    installed_caf(name = "caf_dgram_caf")
    installed_lcm(name = "caf_dgram_lcm")
    installed_libuv(name = "caf_dgram_libuv")

# Bazel 4 does not know module_extension: no .bzl file that WORKSPACE loads may load this one.
installed = module_extension(implementation = _installed_impl)
