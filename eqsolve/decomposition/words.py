"""Who gains or loses, and why, in a sentence for each segment."""

from __future__ import annotations

from eqsolve.decomposition.record import Breakdown, Decomposition, SegmentBreakdown
from eqsolve.decomposition.regions import Intervals

PHRASES = {
    "initial_quality": ("higher initial quality", "lower initial quality"),
    "quality_regained": ("quality regained from feedback", "quality lost to feedback"),
    "outputs_moved": ("outputs moved toward its tastes", "outputs moved away from its tastes"),
    "personal_feedback": ("personal feedback", "personal feedback"),
}
"""What to call a factor that raises surplus, and one that lowers it."""

NONE = 1e-12
"""Changes and shares below this are rounding."""


def verdicts(decomposition: Decomposition) -> tuple[str, ...]:
    """Say for every segment, then for everyone, what changed per user, by what, and for how many."""
    if all(map(_untouched, decomposition.segments)):
        return ("nobody gains or loses",)
    tuned_more = decomposition.after.intensity > decomposition.before.intensity
    sentences = [_verdict(each, tuned_more, "segment ") + _where(each) for each in decomposition.segments]
    if len(decomposition.segments) > 1:
        sentences.append(_verdict(decomposition.total, tuned_more).replace("its tastes", "their tastes"))
    return tuple(sentences)


def _untouched(part: Breakdown) -> bool:
    return abs(part.change) < NONE and max(part.gaining, part.losing) < NONE


def _verdict(part: Breakdown, tuned_more: bool, what: str = "") -> str:
    """What becomes of users; `what` stands before their name, which may be singular or plural."""
    if _untouched(part):
        return f"{what}{part.name}: nobody gains or loses"
    verb = "gains" if part.change > 0 else "loses"
    return f"{what}{part.name} {verb} {abs(part.change):.4f} per user{_why(part, tuned_more)}; {_users(part)}"


def _why(part: Breakdown, tuned_more: bool) -> str:
    """The terms in the direction of the change, the largest first, against those in the other."""
    sign = 1 if part.change > 0 else -1
    ranked = sorted(vars(part.terms).items(), key=lambda term: -abs(term[1]))
    causes = [_phrase(*term, tuned_more) for term in ranked if sign * term[1] > NONE]
    against = [_phrase(*term, tuned_more) for term in ranked if sign * term[1] < -NONE]
    if not causes:
        return ""
    if not against:
        return f": {_list(causes)}"
    return f": {_list(causes)} {'outweighs' if len(causes) == 1 else 'outweigh'} {_list(against)}"


def _phrase(factor: str, term: float, tuned_more: bool) -> str:
    misleads = factor == "personal_feedback" and term < 0 and tuned_more
    return f"{'misleading ' * misleads}{PHRASES[factor][term < 0]}"


def _list(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _users(part: Breakdown) -> str:
    if max(part.gaining, part.losing) > 1.0 - NONE:
        return f"all users {'gain' if part.gaining > part.losing else 'lose'}"
    gain = f"{_share(part.gaining)} of users gain" if part.gaining > NONE else "no user gains"
    return f"{gain}, {_share(part.losing) if part.losing > NONE else 'none'} lose"


def _share(share: float) -> str:
    if share > 0.9995:
        return ">99.9%"
    return f"{share:.1%}" if share >= 0.0005 else "<0.1%"


def _where(segment: SegmentBreakdown) -> str:
    """Where the losers are, if users of other tastes gain."""
    if not (segment.losing_tastes and segment.gaining_tastes):
        return ""
    return f" (those with tastes {_tastes(segment.losing_tastes)})"


def _tastes(intervals: Intervals) -> str:
    return " and ".join(f"{low:.2f}–{high:.2f}" for low, high in intervals)
