"""Phase diagrams: what happens over the plane of two parameters, with boundaries found by refinement."""

from eqsolve.phase.diagram import Boundary, PhaseDiagram, Region, phase_diagram

__all__ = ["Boundary", "PhaseDiagram", "Region", "phase_diagram"]
