"""The rule for this project's libraries."""

load("@rules_cc//cc:defs.bzl", "cc_library")

def library(name, **kwargs):
    """A cc_library whose headers are included as "caf_dgram/FOLDER/HEADER.h".

    The prefix is unique to this project, and the same with CMake and in the installed tree.

    Args:
      name: the target's name.
      **kwargs: as for cc_library.
    """
    cc_library(
        name = name,
        include_prefix = "caf_dgram",
        strip_include_prefix = "/",
        **kwargs
    )
