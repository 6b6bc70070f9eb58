"""Converts a trained router into an artifact of RouteIQ: python examples/export ROUTER FILES... --out FOLDER_OR.tar"""

import sys

from cli import main

sys.exit(main(sys.argv[1:]))
