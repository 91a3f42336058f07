"""python -m x12"""

import sys

from .cli import main

sys.exit(main())
