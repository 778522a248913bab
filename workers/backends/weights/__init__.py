"""Model files: where they lie, what they hold, whether they fit; read and never run."""
