"""``python -m logreg`` is the command ``logreg``."""

from .cli import main

raise SystemExit(main())
