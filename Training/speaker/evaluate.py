"""Error rates on speakers that were not trained on, of our encoder and of Resemblyzer on the same pairs. Writes
WORK/speaker/evaluation.json and prints its tables.

python -m speaker.evaluate     needs resemblyzer; after speaker.calibrate
"""

import json

import numpy as np
import torch

from .calibrate import FALSE_ACCEPTS
from .peers import ENCODERS
from .prepare import FOLDER
from .recordings import unseen
from .scoring import equal_error_rate, interval, threshold
from .trials import SECONDS, all_pairs, owners, scored, speakers_of, vectors

#: Seconds of speech of a statement, its one-time words, and a reference.
CEREMONY = (6, 3, 6)


def chosen(pairs, keep):
    """The pairs that `keep` says of their two speakers."""
    scores, same, first, second = pairs
    mask = keep[first] & keep[second] if keep.ndim == 1 else keep[first, second]
    return scores[mask], same[mask], first[mask], second[mask]


def line(pairs, limit):
    scores, same, first, second = pairs
    low, high = interval(*pairs)
    return {"same": int(same.sum()), "different": int((~same).sum()), "eer": equal_error_rate(scores, same),
            "eer_95": [low, high], "false_accepts": float((scores[~same] >= limit).mean()),
            "false_rejects": float((scores[same] < limit).mean())}


def crossed(pairs, count, turns=20, seed=9):
    """False accepts and rejects of a half of the speakers at the threshold of the other half, over random halves."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(turns):
        half = np.zeros(count, bool)
        half[rng.permutation(count)[:count // 2]] = True
        scores, same = chosen(pairs, half)[:2]
        limit = threshold(scores[~same], FALSE_ACCEPTS)
        scores, same = chosen(pairs, ~half)[:2]
        found.append(((scores[~same] >= limit).mean(), (scores[same] < limit).mean()))
    return np.mean(found, 0).tolist()


def ceremonies(name, limits, seed=11):
    """Consent's three recordings, 6 s, 3 s and 6 s of different utterances: how often none of the three pairs of one
    person is below its threshold, and how often all are above with the words, or the references, of another person."""
    rng, outcomes = np.random.default_rng(seed), {"own": [], "words of another": [], "references of another": []}
    long, short = (next(t["similarity"] for t in reversed(limits) if t["seconds"] <= s) for s in (6, 3))
    for source in unseen():
        people = np.array(owners(source, *CEREMONY))
        # The segments of a speaker come in turn; those after the last whole three are left out.
        threes = [range(i, i + 3) for name in sorted(set(people)) for i in np.flatnonzero(people == name)[:-2:3]]
        v = vectors(name, source, *CEREMONY)

        def passes(statement, words, references):
            return v[statement] @ v[words] >= short and v[words] @ v[references] >= short and \
                v[statement] @ v[references] >= long

        for three in threes:
            outcomes["own"].append(passes(*three))
            for _ in range(20):
                other = threes[rng.integers(len(threes))]
                if people[other[0]] != people[three[0]]:
                    outcomes["words of another"].append(passes(three[0], other[1], three[2]))
                    outcomes["references of another"].append(passes(three[0], three[1], other[2]))
    return {k: {"count": len(o), "passed": float(np.mean(o))} for k, o in outcomes.items()}


def main():
    torch.set_num_threads(1)
    limits, result = json.loads((FOLDER / "thresholds.json").read_text()), {}
    for name in ENCODERS:
        for number, seconds in enumerate(SECONDS):
            limit = limits[name][number]["similarity"]
            rows = {}
            for source, pairs in scored(name, seconds).items():
                speakers = speakers_of(source)
                sexes = np.array([s.sex for s in speakers])
                rows[source] = line(pairs, limit)
                rows[source + ", same sex"] = line(chosen(pairs, sexes[:, None] == sexes), limit)
                ages = np.array([s.age or 99 for s in speakers])
                if (ages < 16).any():
                    rows[source + ", adults"] = line(chosen(pairs, ages >= 16), limit)
                    rows[source + ", children"] = line(chosen(pairs, ages < 16), limit)
            together = all_pairs(name, seconds)
            rows["all"] = line(together, limit)
            count = 1 + int(max(together[2].max(), together[3].max()))
            rows["all"]["crossed"] = crossed(together, count)
            result[f"{name}, {seconds} s"] = {"threshold": limit, "rows": rows}
            print(f"{name}, {seconds} s of speech, threshold {limit:.4f}")
            for row, value in rows.items():
                low, high = value["eer_95"]
                print(f"  {row}: {value['same']} same, {value['different']} different; equal error rate "
                      f"{100 * value['eer']:.2f} % ({100 * low:.2f} … {100 * high:.2f}); at the threshold "
                      f"{100 * value['false_accepts']:.3f} % accepted, {100 * value['false_rejects']:.2f} % refused",
                      flush=True)
            accepted, refused = rows["all"]["crossed"]
            print(f"  threshold of other speakers: {100 * accepted:.3f} % accepted, {100 * refused:.2f} % refused")
        result[f"{name}, ceremonies"] = ceremonies(name, limits[name])
        for kind, value in result[f"{name}, ceremonies"].items():
            print(f"{name}, three recordings, {kind}: {100 * value['passed']:.2f} % of {value['count']} pass")
    (FOLDER / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
