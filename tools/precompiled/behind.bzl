"""Attributes of targets that are compiled behind a precompiled header."""

# Loaded with each library, also in the workspaces of others: needs no rules.

def behind(name):
    """Attributes of a target whose sources are compiled behind //tools/precompiled:NAME.

    That is on in this workspace (.bazelrc), without optimization, and off for those that use this
    one from theirs. A source still includes what it uses.

    Args:
      name: of a precompiled_header.

    Returns:
      copts and deps, to be added to the target's own.
    """
    return struct(
        copts = select({
            "//tools:precompiles": ["-include", "$(BINDIR)/tools/precompiled/%s.h" % name],
            "//conditions:default": [],
        }),
        deps = select({
            "//tools:precompiles": ["//tools/precompiled:" + name],
            "//conditions:default": [],
        }),
    )
