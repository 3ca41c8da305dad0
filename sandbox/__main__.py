"""`python -m sandbox`: run the pretend Discord until it is told to stop."""

import sys

from sandbox.command import main

if __name__ == "__main__":
    main(sys.argv[1:])
