"""Scores that customers give: which of them say that something has gone wrong, and whom that concerns."""

from collections.abc import Iterator

from streams.domain.decide.scene import Escalation, Scene
from streams.domain.events import FeedbackGiven
from streams.domain.facts import ERASED

# CES counts effort, so there much is bad.
_LOW, _LEAST_EFFORT = {"csat": 2, "nps": 6}, 5


def low_score(scene: Scene) -> Iterator[Escalation]:
    """An unhappy customer hears from a person within the hour. The comment is quoted, and not kept."""
    erased = scene.view.order.customer.customer_id == ERASED
    for seen in scene.view.feedback if not erased else ():
        if is_low(seen.data.metric, seen.data.score):
            comment = scene.comments.get(seen.id)
            yield Escalation(
                "low_score",
                seen.id,
                seen.time,
                seen.time + scene.limits.low_scores_due_in,
                f"{seen.data.metric.upper()} {seen.data.score}." + (f" “{comment}”" if comment else ""),
                "Answer the customer in person.",
                passing=False,
            )


def is_low(metric: str, score: int) -> bool:
    """Whether the score says that something has gone wrong."""
    return score >= _LEAST_EFFORT if metric == "ces" else score <= _LOW[metric]


def quotable(name: str, answer: FeedbackGiven) -> dict[str, str]:
    """The comment that a ticket will quote, by the answer's id; of any other nothing is kept for a moment."""
    if not answer.comment or not is_low(answer.metric, answer.score):
        return {}
    return {name: answer.comment}
