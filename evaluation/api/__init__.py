"""For programs: the same benchmarks, submissions and verdicts as the pages show."""
