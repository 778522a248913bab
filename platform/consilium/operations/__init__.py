"""What the operator of a site sees: figures for Prometheus, and a page."""
