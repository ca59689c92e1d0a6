"""`python -m appliance` is the `ringback` command."""

import sys

from appliance.cli import main

sys.exit(main())
