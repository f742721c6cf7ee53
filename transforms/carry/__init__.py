"""What a claim's own sentence leaves unsaid and another sentence about the same event gives: source, date, place, weapon, actor
(claim-spec.md: basis `context`). Everything here is carried only where the words do not speak against it.
"""

from .days import fill_dates
from .setting import fill_setting
from .spoken import fill_sources

__all__ = ["fill_dates", "fill_setting", "fill_sources"]
