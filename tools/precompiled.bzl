"""Headers that are parsed once for many sources."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_COMPILE_ACTION_NAME")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _precompiled_header_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    around = cc_common.merge_cc_infos(
        cc_infos = [dep[CcInfo] for dep in ctx.attr.deps],
    ).compilation_context
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts,
        include_directories = around.includes,
        quote_include_directories = around.quote_includes,
        system_include_directories = around.system_includes,
        preprocessor_defines = around.defines,
        use_pic = ctx.var["COMPILATION_MODE"] != "opt",
    )
    flags = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = CPP_COMPILE_ACTION_NAME,
        variables = variables,
    )

    # Compilers look for NAME.h.gch where a source includes NAME.h first of all.
    source = ctx.actions.declare_file(ctx.label.name + ".h")
    compiled = ctx.actions.declare_file(ctx.label.name + ".h.gch")

    # Clang keeps the paths of all files, and a sandbox's own are others in the next one: none of
    # its headers then, and the source through standard input.
    headers = ctx.attr.headers
    if toolchain.compiler == "clang" and around.headers.to_list():
        headers = []
    ctx.actions.write(source, "".join(["#include <%s>\n" % each for each in headers]))
    ctx.actions.run_shell(
        mnemonic = "PrecompileHeader",
        command = 'source=$1; shift; "$@" <"$source"',
        arguments = [source.path, cc_common.get_tool_for_action(
            feature_configuration = features,
            action_name = CPP_COMPILE_ACTION_NAME,
        )] + flags + ["-x", "c++-header", "-", "-o", compiled.path],
        env = cc_common.get_environment_variables(
            feature_configuration = features,
            action_name = CPP_COMPILE_ACTION_NAME,
            variables = variables,
        ),
        inputs = depset([source], transitive = [around.headers, toolchain.all_files]),
        outputs = [compiled],
        use_default_shell_env = False,
    )
    own = CcInfo(compilation_context = cc_common.create_compilation_context(
        headers = depset([source, compiled]),
    ))
    return [cc_common.merge_cc_infos(cc_infos = [own] + [dep[CcInfo] for dep in ctx.attr.deps])]

precompiled_header = rule(
    doc = "Compiles headers of other libraries, for those that depend on it (see `behind`).",
    implementation = _precompiled_header_impl,
    attrs = {
        "deps": attr.label_list(doc = "Libraries of the headers.", providers = [CcInfo]),
        "headers": attr.string_list(doc = "As in #include <…>.", mandatory = True),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def behind(name):
    """Attributes of a target whose sources are compiled behind //tools:NAME, if that is on.

    It is in this workspace (.bazelrc), not for those that use this one from theirs. A source
    still includes what it uses.

    Args:
      name: of a precompiled_header in tools/.

    Returns:
      copts and deps, to be added to the target's own.
    """
    header = "$(BINDIR)/tools/%s.h" % name
    return struct(
        copts = select({
            "//tools:precompiles": ["-include", header],
            "//conditions:default": [],
        }),
        deps = select({
            "//tools:precompiles": ["//tools:" + name],
            "//conditions:default": [],
        }),
    )
