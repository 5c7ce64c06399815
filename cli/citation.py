"""How to cite eqsolve; CITATION.cff says the same to machines."""

TITLE = "eqsolve: equilibria of the co-creation game of an AI platform and its users, with certificates"
AUTHORS = "The eqsolve authors"


def citation(version: str) -> str:
    """The entry, in words and for BibTeX."""
    return f"""
To cite: {AUTHORS}. {TITLE}. Version {version}.
For the economics, cite the paper that docs/model.md names, and say that the functional forms are eqsolve's.

@software{{eqsolve,
  author = {{{{{AUTHORS}}}}},
  title = {{{{{TITLE}}}}},
  version = {{{version}}},
}}"""
