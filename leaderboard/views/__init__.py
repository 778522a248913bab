"""The public pages of what was measured."""
