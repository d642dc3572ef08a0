"""Which heads of the decoder's cross-attention follow the audio: WORK/recognition/alignment_heads.json.

python -m recognition.alignment_heads

Windows of several sentences are made of clips whose begin and end are known. A head is good when, reading the window's
text, its attention lies within the sentence that is being written; the heads that do so best and most alike are kept.
"""

import json

import numpy as np
import torch

from .batches import Corpus, silence
from .export import averaged
from .features import normalized
from .text import FOLDER

WINDOWS, KEPT = 40, 4


def cross_attention(model, mel, tokens):
    """Attention of each layer and head: layers × heads × tokens × positions."""
    encoded, found = model.encoder(mel), []
    x = model.decoder.embed_tokens(tokens) + model.decoder.embed_positions.weight[:tokens.shape[1]]
    for layer, memory in zip(model.decoder.layers, model.decoder.memory(encoded)):
        attention = layer.encoder_attn
        y = layer.self_attn_layer_norm(x)
        y = x + layer.self_attn(y, layer.self_attn.memory(y), True)
        q = attention.split(attention.q_proj(layer.encoder_attn_layer_norm(y)))
        found.append((q @ memory[0].transpose(2, 3) * q.shape[-1] ** -0.5).softmax(3)[0])
        x = layer(x, memory)
    return torch.stack(found)


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    model, vocabulary, _ = averaged()
    clips = [c for source in ("kathleen", "ljspeech") for c in Corpus().held_out[f"{source}"]]
    generator, inside, smooth = np.random.default_rng(1), [], []
    for _ in range(WINDOWS):
        pieces, spans, tokens, at = [silence(20)], [], [vocabulary.start, vocabulary.no_timestamps], 20
        for i in generator.integers(0, len(clips), 4):
            if at + len(clips[i]["mel"]) > 2900:
                break
            ids = vocabulary.encode(clips[i]["text"])
            spans += [(at + clips[i]["span"][0], at + clips[i]["span"][1])] * len(ids)
            tokens += ids
            pieces += [clips[i]["mel"].astype(np.float32), silence(30)]
            at += len(pieces[-2]) + 30
        mel = torch.tensor(normalized(np.concatenate(pieces)))[None]
        # The attention with which a token is predicted stands one place before it.
        weights = cross_attention(model, mel, torch.tensor([tokens]))[:, :, 1:-1]
        positions = torch.arange(weights.shape[3]) * 2
        hits = torch.stack([(weights[:, :, i] * ((positions >= a) & (positions < b))).sum(2)
                            for i, (a, b) in enumerate(spans)]).mean(0)
        centre = (weights * positions).sum(3)
        inside.append(hits)
        smooth.append((centre.diff(dim=2) > -10).float().mean(2))
    score = torch.stack(inside).mean(0) * torch.stack(smooth).mean(0)
    order = sorted(np.ndindex(*score.shape), key=lambda p: -score[p])
    for layer, head in order:
        print(f"layer {layer} head {head}: {score[layer, head]:.3f}")
    (FOLDER / "alignment_heads.json").write_text(json.dumps(sorted([int(a), int(b)] for a, b in order[:KEPT])))


if __name__ == "__main__":
    main()
