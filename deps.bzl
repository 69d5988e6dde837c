"""What a WORKSPACE calls to use this project. docs/packages.md shows how."""

load("//third_party:bazel_rules.bzl", "debian_bazel_rules")
load("//third_party:installed.bzl", "installed_absl", "installed_caf", "installed_re2")

def caf_dgram_deps(caf = True, absl = True, re2 = True, bazel_rules = True):
    """Declares the repositories that caf_dgram needs, without downloads.

    Args:
      caf: declare @caf_dgram_caf: CAF in /usr or in the prefix that the
        environment variable CAF_ROOT names. False if the workspace declares or
        maps a repository of that name with the target //:core.
      absl: declare @caf_dgram_absl: Abseil in /usr. False if the workspace
        declares or maps one with Abseil's own labels (//absl/strings …).
      re2: declare @caf_dgram_re2: RE2 in /usr, which only //actors/bus uses. False if the
        workspace declares or maps one with the target //:re2.
      bazel_rules: declare the rule sets that Bazel 4 would download, as Debian
        installs them. False for another Bazel, or where the workspace has its own;
        those declared before this call are kept in either case.
    """
    if bazel_rules:
        debian_bazel_rules()
    if caf:
        installed_caf(name = "caf_dgram_caf")
    if absl:
        installed_absl(name = "caf_dgram_absl")
    if re2:
        installed_re2(name = "caf_dgram_re2")
