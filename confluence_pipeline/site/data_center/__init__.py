"""The local site as a Confluence Data Center: its own REST API over the same store, seeds, faults and truth.

Paths, parameters, defaults and shapes are those of the official document of Data Center 10.0.3; what it leaves
open is as observed on public installations or chosen, and then said so where it is done.
"""
