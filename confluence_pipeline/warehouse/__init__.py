"""The warehouse: the lake's tables as tables of a database, with keys and comments, for people who write SQL."""

from confluence_pipeline.warehouse.address import default_warehouse_uri, open_warehouse
from confluence_pipeline.warehouse.base import LoadReport, Warehouse, WarehouseError
from confluence_pipeline.warehouse.ddl import ddl

__all__ = ["LoadReport", "Warehouse", "WarehouseError", "ddl", "default_warehouse_uri", "open_warehouse"]
