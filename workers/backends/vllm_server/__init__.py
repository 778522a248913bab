"""Starting, watching and ending a vLLM server, and asking it."""
