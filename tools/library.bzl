"""The one kind of library that this project has."""

load("@rules_cc//cc:defs.bzl", "cc_library")

def library(name, **kwargs):
    """A cc_library whose headers are included as "caf_dgram/FOLDER/HEADER.h".

    No other project has that prefix, and CMake's build and the installed tree have it, too.

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
