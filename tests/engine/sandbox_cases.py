"""What the tests of sandbox share."""

from __future__ import annotations

import sys
from pathlib import Path

AG2S = Path(sys.executable).with_name("ag2s")
