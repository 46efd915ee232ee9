"""Rows in memory: matrices known by their products, their blocks, and table columns as codes."""
