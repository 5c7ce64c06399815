"""`python -m eqsolve`: the command `eqsolve`."""

from eqsolve_cli.app import main

if __name__ == "__main__":
    main()
