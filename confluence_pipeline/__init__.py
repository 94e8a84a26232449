"""Confluence spaces as clean Parquet tables and a warehouse, through Dagster."""

__version__ = "0.1.0"
