"""Pages of benchmarks, submissions, models and workers."""
