"""The shapes of what people send in."""
