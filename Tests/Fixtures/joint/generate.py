"""Writes a small n-gram model and what it says after some texts, looked up by the training code's own reader.

python Tests/Fixtures/joint/generate.py     from the repository's root; needs numpy and safetensors
"""

import json
import random
import sys
import types
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Training"))
# The counting needs neither recordings nor a tokenizer.
for name in ("recognition.text", "recognition.tokens", "hearsay_training.sources"):
    sys.modules[name] = types.SimpleNamespace(
        FOLDER=Path(), clean=None, five_grams=None, held_out_texts=None, letters=None, lj_texts=None, Vocabulary=None)
from recognition import language_model  # noqa: E402

END, START = 40, 41


def main():
    folder = Path(__file__).parent
    random.seed(3)
    language_model.CUTS = {1: 0, 2: 0, 3: 1, 4: 1, 5: 1}
    text, sentences = [], []
    for _ in range(400):
        sentence = [random.randrange(8)]
        while random.random() < 0.8 and len(sentence) < 12:
            sentence.append((sentence[-1] * 3 + random.choice([1, 1, 1, 2, 5])) % 38)
        sentences.append(sentence)
        text += [START, *sentence, END]
    tensors = language_model.trie(language_model.train(np.array(text, np.int64), START, END))
    save_file(tensors, folder / "language-model.safetensors")
    model = language_model.NGrams(tensors)
    cases = []
    for sentence in [[], [3], sentences[0], sentences[1], sentences[2][:3], [39, 1], [0, 38, 4, 13]]:
        nodes = model.begin(START)
        for token in sentence:
            nodes = model.advanced(nodes, token)
        cases.append({"text": sentence, "known": len(nodes),
                      "rows": [round(float(x), 5) for x in model.log_probabilities(nodes, END + 1)]})
    (folder / "language-model.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
