"""Rule sets that Bazel 4 downloads as soon as a rule asks for them, without the network.

Debian's packages have most of them; stand-ins take the place of the rest.
"""

_CC_RULES = [
    "cc_binary",
    "cc_import",
    "cc_library",
    "cc_proto_library",
    "cc_test",
    "cc_toolchain",
    "cc_toolchain_suite",
    "fdo_prefetch_hints",
    "fdo_profile",
    "objc_import",
    "objc_library",
]

def _native_rules_cc_impl(ctx):
    ctx.file("BUILD.bazel")
    ctx.file("cc/BUILD.bazel")
    ctx.file("cc/defs.bzl", "".join(["%s = native.%s\n" % (rule, rule) for rule in _CC_RULES]))

# Bazel 4's native C++ rules under the names that BUILD files load.
_native_rules_cc = repository_rule(implementation = _native_rules_cc_impl)

def _no_coverage_tools_impl(ctx):
    ctx.file("BUILD.bazel", "\n".join([
        "filegroup(name = 'coverage_report_generator', visibility = ['//visibility:public'])",
        "",
    ]))

# Every test depends on these tools, though only `bazel coverage` runs them.
_no_coverage_tools = repository_rule(implementation = _no_coverage_tools_impl)

_FROM_DEBIAN = {
    "bazel_skylib": "/usr/share/bazel/tools/skylib",
    "platforms": "/usr/share/bazel/platforms",
    "rules_java": "/usr/share/bazel/rules/java",
    "rules_proto": "/usr/share/bazel/rules/proto",
}

def debian_bazel_rules():
    """Declares them, except those that the workspace has already."""
    declared = native.existing_rules()
    if "rules_cc" not in declared:
        _native_rules_cc(name = "rules_cc")
    if "remote_coverage_tools" not in declared:
        _no_coverage_tools(name = "remote_coverage_tools")
    for name, path in _FROM_DEBIAN.items():
        if name not in declared:
            native.local_repository(name = name, path = path)
