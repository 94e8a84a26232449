"""A generated site of N pages over M spaces, for benchmarks and tests; the same seed gives the same site."""

from confluence_pipeline.site.generated.everything import everything_seed
from confluence_pipeline.site.generated.profiles import PROFILES, Profile, ProfileName
from confluence_pipeline.site.generated.rates import DEFAULT_RATES, Rates
from confluence_pipeline.site.generated.source import generated_seed

__all__ = ["DEFAULT_RATES", "PROFILES", "Profile", "ProfileName", "Rates", "everything_seed", "generated_seed"]
