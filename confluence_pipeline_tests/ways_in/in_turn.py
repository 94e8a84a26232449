"""One process that runs a command of the command line by one way in after another: ``python -m ...in_turn COMMAND``.

The settings of each stand in the variable ``IN_TURN``, a JSON list of objects: no secret is among the arguments.
"""

import json
import os
import sys

from confluence_pipeline.cli import main

IN_TURN = "IN_TURN"

if __name__ == "__main__":
    for settings in json.loads(os.environ.pop(IN_TURN)):
        for name in [name for name in os.environ if name.startswith("CONFLUENCE_")]:
            del os.environ[name]
        os.environ.update(settings)
        try:
            main(sys.argv[1:], standalone_mode=False)
        except SystemExit as ended:
            print(f"status {ended.code}", flush=True)
