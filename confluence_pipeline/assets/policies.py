"""How steps run: the pools they share, their retries, how many spaces a run takes, and what starts them."""

import dagster as dg

API_POOL = "confluence_api"
"""Steps that talk to the site; an instance's limit on this pool holds across all runs."""

LAKE_POOL = "confluence_lake"
"""Steps that build tables and load the warehouse."""

RETRIES = dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""For steps that talk to the site: what is left when it stays away longer than a request waits for it."""

SEVERAL_SPACES = dg.BackfillPolicy.multi_run(max_partitions_per_run=25)
"""A backfill takes 25 spaces a run, so that a run that dies costs no more than these."""

WHEN_ADDED = dg.AutomationCondition.on_missing().without(~dg.AutomationCondition.any_deps_missing())
"""A space that was just added lands by itself, also where the list of spaces never landed."""

WHEN_UPSTREAM_CHANGED = dg.AutomationCondition.eager().without(~dg.AutomationCondition.any_deps_missing())
"""What is computed from spaces follows any of them, also while others have not landed yet."""
