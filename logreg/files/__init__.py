"""Tables in files: CSV, TSV, Parquet and JSON, read by DuckDB and written by Arrow."""
