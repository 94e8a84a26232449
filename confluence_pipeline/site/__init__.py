"""A local Confluence site: a faithful server of the REST API, for the demo, tests and benchmarks."""
