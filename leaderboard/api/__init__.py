"""The boards for programs: the same rows as the pages, addresses under /api/v1/."""
