"""Measurements of the promises on speed: `make bench`, or `python -m benchmarks [names]`.

Every module here with a function `run(context) -> Iterable[Result]` is a benchmark.
"""
