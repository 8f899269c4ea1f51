"""Benchmarks: `make bench`. Ratios inside one run, since machines differ and are noisy; see `bench.__main__`."""
