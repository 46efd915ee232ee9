"""One file a library; a module-level ``contestants`` is all that the runner looks for."""
