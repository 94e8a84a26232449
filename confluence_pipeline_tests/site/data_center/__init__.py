"""The local site as a Data Center."""
