"""The exhibits of a paper from one file: figures and tables with their data, made again where they changed.

paper = read_paper(Path("paper.toml"))
for exhibit in paper.exhibits:
    make(paper, exhibit)
"""

from eqsolve.paper.build import State, make, states
from eqsolve.paper.spec import Exhibit, Paper, read_paper

__all__ = ["Exhibit", "Paper", "State", "make", "read_paper", "states"]
