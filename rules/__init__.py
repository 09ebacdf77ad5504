"""The rules, one a file, in a folder for each family. CONTRIBUTING.md says how to add one."""

__distribution__ = "imagecheck"
