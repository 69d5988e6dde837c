"""Libraries of an installed prefix (Debian's packages, or $CAF_ROOT) as cc_library targets."""

def _split(label):
    """The package and the name of a label without repository: "absl/status" is "absl/status:status"."""
    package, _, name = label.partition(":")
    return package, name or package.split("/")[-1]

def _caf_major_version(ctx, prefix):
    """The X of "#define CAF_MAJOR_VERSION X". CAF 0.17 has an expression there."""
    marker = "#define CAF_MAJOR_VERSION "
    for file in ["caf/detail/build_config.hpp", "caf/config.hpp"]:
        path = ctx.path(prefix + "/include/" + file)
        if not path.exists:
            continue
        for line in ctx.read(path).split("\n"):
            value = line[len(marker):].strip()
            if line.startswith(marker) and value.isdigit():
                return value
    return "0"

def _installed_libraries_impl(ctx):
    prefix = "/usr"
    if ctx.attr.prefix_variable:
        prefix = ctx.os.environ.get(ctx.attr.prefix_variable, "/usr")
        ctx.file("version.bzl", "CAF_MAJOR_VERSION = %s\n" % _caf_major_version(ctx, prefix))
    headers = ""
    search = []
    if prefix != "/usr":
        ctx.symlink(prefix + "/include", "prefix/include")
        ctx.file("prefix/BUILD.bazel", "\n".join([
            "load('@rules_cc//cc:defs.bzl', 'cc_library')",
            "cc_library(name = 'headers', hdrs = glob(['include/**']), includes = ['include'],",
            "           visibility = ['//:__subpackages__'])",
            "",
        ]))
        headers = "deps = ['//prefix:headers'], "
        search = ["-L" + prefix + "/lib", "-Wl,-rpath," + prefix + "/lib"]
    packages = {}
    for label, libs in ctx.attr.libs.items():
        package, name = _split(label)
        flags = search + ["-l" + lib for lib in libs] + ["-pthread"]
        packages.setdefault(package, []).append(
            "cc_library(name = %r, %slinkopts = %r)" % (name, headers, flags),
        )
    for package, rules in packages.items():
        ctx.file((package + "/" if package else "") + "BUILD.bazel", "\n".join([
            "load('@rules_cc//cc:defs.bzl', 'cc_library')",
            "package(default_visibility = ['//visibility:public'])",
        ] + rules) + "\n")

_installed_libraries = repository_rule(
    implementation = _installed_libraries_impl,
    attrs = {
        "libs": attr.string_list_dict(mandatory = True),
        "prefix_variable": attr.string(),
    },
    environ = ["CAF_ROOT"],
    local = True,
)

def installed_libraries(name, libs, prefix_variable = ""):
    """Declares one cc_library a label in `libs`, linked against the listed libraries.

    Args:
      name: the external repository's name.
      libs: label within the repository to the libraries it links, dependants
        first. Labels are those of the library's own Bazel build where it has
        one, so that the repository can be mapped to such a build.
      prefix_variable: environment variable that overrides the prefix /usr.
    """
    _installed_libraries(name = name, libs = libs, prefix_variable = prefix_variable)

def installed_caf(name):
    """Declares CAF in /usr or in the prefix that $CAF_ROOT names."""
    installed_libraries(
        name = name,
        libs = {
            ":core": ["caf_core"],
            ":io": [
                "caf_io",
                "caf_core",
            ],
        },
        prefix_variable = "CAF_ROOT",
    )

def installed_re2(name):
    """Declares RE2, which only the bus uses."""
    installed_libraries(
        name = name,
        libs = {":re2": ["re2"]},
    )

def installed_lcm(name):
    """Declares LCM's own library, which only tests and the bench use."""
    installed_libraries(
        name = name,
        libs = {":lcm": ["lcm"]},
    )

def installed_libuv(name):
    """Declares libuv, which only the bench uses."""
    installed_libraries(
        name = name,
        libs = {":uv": ["uv"]},
    )

_STATUS = [
    "absl_statusor",
    "absl_status",
    "absl_cord",
    "absl_strerror",
    "absl_throw_delegate",
]

_FLAGS = [
    "absl_flags_parse",
    "absl_flags_usage",
    "absl_flags_usage_internal",
    "absl_flags_internal",
    "absl_flags_marshalling",
    "absl_flags_reflection",
    "absl_flags_private_handle_accessor",
    "absl_flags_commandlineflag",
    "absl_flags_commandlineflag_internal",
    "absl_flags_config",
    "absl_flags_program_name",
    "absl_strings",
]

def installed_absl(name):
    """Declares what this project uses of Abseil, as found in /usr."""
    installed_libraries(
        name = name,
        libs = {
            "absl/container:flat_hash_map": [
                "absl_hash",
                "absl_city",
                "absl_low_level_hash",
                "absl_raw_hash_set",
                "absl_hashtablez_sampler",
                "absl_throw_delegate",
            ],
            "absl/container:inlined_vector": ["absl_throw_delegate"],
            "absl/flags:flag": _FLAGS,
            "absl/flags:parse": _FLAGS,
            "absl/flags:usage": _FLAGS,
            "absl/functional:function_ref": ["absl_throw_delegate"],
            "absl/hash": [
                "absl_hash",
                "absl_city",
                "absl_low_level_hash",
                "absl_raw_hash_set",
                "absl_hashtablez_sampler",
            ],
            "absl/hash:hash_testing": ["absl_bad_variant_access"],
            "absl/status": _STATUS,
            "absl/status:statusor": _STATUS,
            "absl/strings": [
                "absl_strings",
                "absl_str_format_internal",
                "absl_throw_delegate",
                "absl_raw_logging_internal",
            ],
            "absl/strings:cord": ["absl_cord"],
            "absl/time": [
                "absl_time",
                "absl_civil_time",
                "absl_time_zone",
            ],
            "absl/types:span": ["absl_throw_delegate"],
        },
    )
