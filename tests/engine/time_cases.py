"""What the tests of time share."""

from __future__ import annotations

DAY = 86_400.0
