"""The rule for tests that mirror a folder of libraries."""

load("@rules_cc//cc:defs.bzl", "cc_test")

def unit_tests(libraries):
    """Declares NAME_test, built from NAME_test.cc, for each library NAME.

    The package mirrors the libraries': tests/dgram/posix tests dgram/posix.

    Args:
      libraries: what each test depends on, beside its library and GoogleTest, by the
        library's name.
    """
    folder = native.package_name()[len("tests/"):]
    for name, deps in libraries.items():
        cc_test(
            name = name + "_test",
            size = "small",
            srcs = [name + "_test.cc"],
            deps = ["//%s:%s" % (folder, name), "@caf_dgram_googletest//:gtest_main"] + deps,
        )
