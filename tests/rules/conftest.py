"""Makes the builders of disks importable by their names."""

import sys
from pathlib import Path

_FOLDERS = (Path(__file__).parent, Path(__file__).parent.parent / "inspect")
for folder in map(str, _FOLDERS):
    if folder not in sys.path:
        sys.path.append(folder)
