"""The rule for this project's libraries."""

load("@rules_cc//cc:defs.bzl", "cc_library")
load("//tools/precompiled:behind.bzl", "behind")

def library(name, srcs = [], copts = [], deps = [], precompiled = True, **kwargs):
    """A cc_library whose headers are included as "caf_dgram/FOLDER/HEADER.h".

    The prefix is unique to this project, and the same with CMake and in the installed tree.

    Args:
      name: the target's name.
      srcs: as for cc_library.
      copts: as for cc_library.
      deps: as for cc_library.
      precompiled: whether sources in actors/ are compiled behind CAF's headers.
      **kwargs: as for cc_library.
    """
    if srcs and precompiled and native.package_name().split("/")[0] == "actors":
        caf = behind("with_caf")
        copts = copts + caf.copts
        deps = deps + caf.deps
    cc_library(
        name = name,
        srcs = srcs,
        copts = copts,
        include_prefix = "caf_dgram",
        strip_include_prefix = "/",
        deps = deps,
        **kwargs
    )
