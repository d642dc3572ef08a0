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


def interval(scores, same, first, second, count=300, seed=5):
    """95 % of the equal error rate, by drawing speakers with replacement. A pair counts as often as both its speakers
    are drawn; one of a single speaker as often as that one is."""
    rng, speakers = np.random.default_rng(seed), 1 + max(first.max(), second.max())
    order = np.argsort(scores, kind="stable")
    scores, same, first, second = scores[order], same[order], first[order], second[order]
    found = []
    for _ in range(count):
        drawn = np.bincount(rng.integers(0, speakers, speakers), minlength=speakers).astype(np.float64)
        weights = np.where(same, drawn[first], drawn[first] * drawn[second])
        targets, impostors = np.cumsum(weights * same), np.cumsum(weights * ~same)
        if targets[-1] and impostors[-1]:
            accepted, refused = 1 - impostors / impostors[-1], targets / targets[-1]
            at = np.argmin(np.abs(accepted - refused))
            found.append((accepted[at] + refused[at]) / 2)
    return np.percentile(found, [2.5, 97.5])


def threshold(scores, same, rate):
    """The smallest threshold at which at most `rate` of the impostors pass (those at it do not)."""
    impostors = np.sort(scores[~same])
    return float(np.nextafter(impostors[len(impostors) - 1 - int(rate * len(impostors))], np.inf))
