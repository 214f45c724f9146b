"""The templates and words of the web channel's own pages."""

from pathlib import Path

from chassis.pages import Pages

PAGES = Pages(Path(__file__).parent)
