"""The rules for tests."""

load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")
load("//tools/precompiled:behind.bzl", "behind")

_MAIN = "@caf_dgram_googletest//:gtest_main"

def single_test(name, deps, srcs = None, main = _MAIN, precompiled = True, **kwargs):
    """Declares a cc_test.

    Args:
      name: the test's name.
      deps: what it depends on, beside GoogleTest.
      srcs: NAME.cc by default.
      main: has the main function.
      precompiled: whether a test of what uses CAF is compiled behind CAF's headers.
      **kwargs: as for cc_test.
    """
    copts = []
    folder = native.package_name().split("/")[1:2]
    if precompiled and folder in (["actors"], ["lab"]):
        headers = behind("with_caf_and_gtest")
        copts = headers.copts
        deps = deps + headers.deps
    cc_test(
        name = name,
        srcs = srcs or [name + ".cc"],
        copts = copts,
        deps = deps + [main],
        **kwargs
    )

def test_program(name, tests, deps, main = _MAIN, **kwargs):
    """Declares a program of many tests, and each of them alone.

    Most of a test's compilation is headers and templates. A program compiles its tests as one
    source, in a quarter of the time, and is what //... builds and runs. To work on one test,
    run it alone, by its name.

    Args:
      name: the program's name.
      tests: names; each test X is built from X_test.cc.
      deps: what all of them depend on, beside GoogleTest.
      main: has the main function.
      **kwargs: as for single_test.
    """
    for test in tests:
        single_test(
            name = test + "_test",
            deps = deps,
            main = main,
            tags = ["manual"],
            **{key: value for key, value in kwargs.items() if key != "shard_count"}
        )

    sources = [test + "_test.cc" for test in tests]
    native.genrule(
        name = name + "_as_one",
        outs = [name + "_as_one.cc"],
        cmd = "printf '#include \"%s/%%s\"\\n' %s >$@" %
              (native.package_name(), " ".join(sources)),
    )
    cc_library(
        name = name + "_sources",
        testonly = True,
        textual_hdrs = sources,
    )
    single_test(
        name = name,
        srcs = [name + "_as_one.cc"],
        deps = deps + [":" + name + "_sources"],
        main = main,
        **kwargs
    )

def unit_tests(libraries, name = "tests", **kwargs):
    """Declares the tests of a folder of libraries: one program, and X_test for each library X.

    The package mirrors the libraries': tests/dgram/posix tests dgram/posix.

    Args:
      libraries: what each test depends on, beside its library, by the library's name.
      name: the program's name.
      **kwargs: as for single_test.
    """
    folder = native.package_name()[len("tests/"):]
    deps = {"//%s:%s" % (folder, library): None for library in libraries}
    for more in libraries.values():
        deps.update({each: None for each in more})
    test_program(
        name = name,
        size = "small",
        tests = libraries.keys(),
        deps = deps.keys(),
        **kwargs
    )
