"""A board as its page shows it: numbers written out, rows grouped by what is proven, choices as links."""
