"""The report writers, one a file: a Report in, text out."""

__distribution__ = "imagecheck"
