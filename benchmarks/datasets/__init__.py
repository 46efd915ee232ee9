"""One file a source of data; a module-level ``datasets`` is all that the runner looks for."""
