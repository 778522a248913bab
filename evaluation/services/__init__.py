"""Every write of this app, by what is written: benchmarks, submissions, work."""
