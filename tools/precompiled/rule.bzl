"""The rule for headers that are parsed once for many sources."""

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
    libraries = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps])
    around = libraries.compilation_context
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts,
        include_directories = around.includes,
        quote_include_directories = around.quote_includes,
        system_include_directories = around.system_includes,
        preprocessor_defines = around.defines,
        use_pic = True,
    )
    flags = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = CPP_COMPILE_ACTION_NAME,
        variables = variables,
    )

    # Compilers look for NAME.h.gch where a source includes NAME.h first of all.
    source = ctx.actions.declare_file(ctx.label.name + ".h")
    compiled = ctx.actions.declare_file(ctx.label.name + ".h.gch")

    # Clang records the paths of all headers, and those in a sandbox are gone in the next action. So
    # none of them is precompiled, and the source comes through standard input, which GCC refuses.
    headers = ctx.attr.headers
    input = source.path
    if toolchain.compiler == "clang":
        input = "-"
        if around.headers.to_list():
            headers = []
    ctx.actions.write(source, "".join(["#include <%s>\n" % each for each in headers]))
    ctx.actions.run_shell(
        mnemonic = "PrecompileHeader",
        command = 'source=$1; shift; "$@" <"$source"',
        arguments = [source.path, cc_common.get_tool_for_action(
            feature_configuration = features,
            action_name = CPP_COMPILE_ACTION_NAME,
        )] + flags + ["-x", "c++-header", input, "-o", compiled.path],
        env = cc_common.get_environment_variables(
            feature_configuration = features,
            action_name = CPP_COMPILE_ACTION_NAME,
            variables = variables,
        ),
        inputs = depset([source], transitive = [around.headers, toolchain.all_files]),
        outputs = [compiled],
    )
    own = CcInfo(compilation_context = cc_common.create_compilation_context(
        headers = depset([source, compiled]),
    ))
    return [cc_common.merge_cc_infos(cc_infos = [own, libraries])]

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
