"""imagecheck: a compliance checker and linter for Azure Marketplace VM images.

Facts in, verdicts out, operations back: the modules of this package are pure but for
``sources`` (where facts come from) and ``cli`` (where people talk to it).
"""

__version__ = "0.1.0"
