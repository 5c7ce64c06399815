"""Phase diagrams: what happens over the plane of two parameters, with boundaries found by refinement."""

from eqsolve.phase.diagram import Boundary, PhaseDiagram, Region, phase_diagram
from eqsolve.sweeps.axes import Range

__all__ = ["Boundary", "PhaseDiagram", "Range", "Region", "phase_diagram"]
