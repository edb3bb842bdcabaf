"""Benchmarks that others published, in our item format: read, asked, scored and compared like our own items."""
