"""Error rates of scored pairs, with confidence intervals over speakers."""

import numpy as np


def rates(scores, same, weights=None):
    """At each score in ascending order as the threshold: the share of impostors that pass, and of the same speakers
    that are refused."""
    order = np.argsort(scores, kind="stable")
    same = same[order]
    weights = np.ones(len(scores)) if weights is None else weights[order]
    targets, impostors = np.cumsum(weights * same), np.cumsum(weights * ~same)
    return scores[order], 1 - impostors / impostors[-1], targets / targets[-1]


def equal_error_rate(scores, same, weights=None):
    _, accepted, refused = rates(scores, same, weights)
    at = np.argmin(np.abs(accepted - refused))
    return (accepted[at] + refused[at]) / 2


def interval(scores, same, first, second, count=300, bins=1000, seed=5):
    """95 % of the equal error rate, by drawing speakers with replacement. A pair counts as often as both its speakers
    are drawn; one of a single speaker as often as that one is."""
    rng, speakers = np.random.default_rng(seed), 1 + max(first.max(), second.max())
    # Scores by their rank among all, so that a draw only weighs histograms.
    edges = np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1])
    place = np.searchsorted(edges, scores)
    histogram = lambda owner, mask, size: np.bincount(
        owner[mask] * bins + place[mask], minlength=size * bins).reshape(size, bins)
    targets = histogram(first, same, speakers)
    impostors = histogram(first * speakers + second, ~same, speakers * speakers).astype(np.float32)
    found = []
    for _ in range(count):
        drawn = np.bincount(rng.integers(0, speakers, speakers), minlength=speakers)
        own, others = drawn @ targets, np.outer(drawn, drawn).ravel().astype(np.float32) @ impostors
        if own.any() and others.any():
            accepted, refused = 1 - np.cumsum(others) / others.sum(), np.cumsum(own) / own.sum()
            at = np.argmin(np.abs(accepted - refused))
            found.append((accepted[at] + refused[at]) / 2)
    return np.percentile(found, [2.5, 97.5])


def threshold(impostors, rate):
    """The smallest threshold at which at most `rate` of the impostors' scores pass."""
    impostors = np.sort(impostors)
    return float(np.nextafter(impostors[len(impostors) - 1 - int(rate * len(impostors))], np.inf))
