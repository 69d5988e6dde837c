"""Libraries of an installed prefix (Debian's packages, or $CAF_ROOT) as cc_library targets."""

def _installed_libraries_impl(ctx):
    prefix = "/usr"
    if ctx.attr.prefix_variable:
        prefix = ctx.os.environ.get(ctx.attr.prefix_variable, "/usr")
    headers = ""
    search = []
    if prefix != "/usr":
        ctx.symlink(prefix + "/include", "include")
        headers = "hdrs = glob(['include/**']), includes = ['include'],"
        search = ["-L" + prefix + "/lib", "-Wl,-rpath," + prefix + "/lib"]
    build = ["package(default_visibility = ['//visibility:public'])"]
    for name, libs in ctx.attr.libs.items():
        flags = search + ["-l" + lib for lib in libs] + ["-pthread"]
        build.append("cc_library(name = %r, %s linkopts = %r)" % (name, headers, flags))
    ctx.file("BUILD.bazel", "\n".join(build) + "\n")

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
    """Declares one cc_library a name in `libs`, linked against the listed libraries.

    Args:
      name: the external repository's name.
      libs: target name to the libraries it links, dependants first.
      prefix_variable: environment variable that overrides the prefix /usr.
    """
    _installed_libraries(name = name, libs = libs, prefix_variable = prefix_variable)
