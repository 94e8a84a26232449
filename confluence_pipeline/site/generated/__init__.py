"""A generated site of N pages over M spaces, for benchmarks; the same seed gives the same site."""

from confluence_pipeline.site.generated.rates import DEFAULT_RATES, Rates
from confluence_pipeline.site.generated.source import generated_seed

__all__ = ["DEFAULT_RATES", "Rates", "generated_seed"]
