"""Stub."""
from confluence_pipeline.content.context import ConversionContext
from confluence_pipeline.content.records import Content
def convert_adf(body: str, context: ConversionContext) -> Content:
    raise NotImplementedError
