"""Whisper's encoder and decoder for windows of any length, with heads on the encoder that only training uses: one spells
(CTC), one names the phoneme of each position where an alignment tells it.

Tensors are named as in Hugging Face's WhisperForConditionalGeneration, without the leading `model.`.
"""

import itertools
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Dimensions:
    width: int = 192
    heads: int = 3
    encoder_layers: int = 8
    decoder_layers: int = 4
    vocabulary: int = 2510
    bins: int = 80
    source_positions: int = 1500
    target_positions: int = 448
    #: Blank, space, apostrophe, a–z.
    letters: int = 29
    #: Phonemes of the alignments (see recognition.align).
    phones: int = 69

    def json(self):
        return asdict(self)


def sinusoids(length, channels):
    scale = torch.log(torch.tensor(10000.0)) / (channels // 2 - 1)
    times = torch.arange(length)[:, None] * torch.exp(-scale * torch.arange(channels // 2))
    return torch.cat([times.sin(), times.cos()], 1)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        #: Where the last forward pass looked (batch × heads × queries × keys), if that is to be kept.
        self.keeps, self.looked = False, None
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj, self.q_proj, self.out_proj = (nn.Linear(width, width) for _ in range(3))

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def memory(self, x):
        return self.split(self.k_proj(x)), self.split(self.v_proj(x))

    def forward(self, x, memory, causal=False):
        q, (k, v) = self.split(self.q_proj(x)), memory
        if causal or x.is_cuda and not self.keeps:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        else:  # on a processor the fused form has a slow backward pass
            looked = (q * q.shape[-1] ** -0.5 @ k.transpose(2, 3)).softmax(3)
            self.looked = looked if self.keeps else None
            y = looked.to(v.dtype) @ v
        return self.out_proj(y.transpose(1, 2).flatten(2))


#: Positions before or after its own that each head of the encoder's layers looks at in the beginning.
OFFSETS = [(-3, 0, 3), (-7, 1, 7), (-2, 0, 2), (-12, 0, 12)]


@torch.no_grad()
def look_around(attention, size, offsets, sharpness=20.0):
    """Lets each head look at one offset: q·k becomes a sum of cos(ω (i + offset − j)) over the fastest sinusoids.

    Attention that begins anywhere in a window takes thousands of steps to find what is next to it.
    """
    width, half = attention.q_proj.in_features, size // 2
    steps = torch.exp(-torch.log(torch.tensor(10000.0)) / (width // 2 - 1) * torch.arange(half))
    gain = (2 * sharpness / size ** 0.5) ** 0.5
    index = torch.arange(half)
    for head in range(attention.heads):
        turned, plain = torch.zeros(size, width), torch.zeros(size, width)
        sine, cosine = (steps * offsets[head % len(offsets)]).sin(), (steps * offsets[head % len(offsets)]).cos()
        plain[index, index] = plain[half + index, width // 2 + index] = 1
        turned[index, index], turned[index, width // 2 + index] = cosine, sine
        turned[half + index, width // 2 + index], turned[half + index, index] = cosine, -sine
        rows = slice(head * size, (head + 1) * size)
        attention.q_proj.weight[rows] = gain * turned + 0.1 * attention.q_proj.weight[rows]
        attention.k_proj.weight[rows] = gain * plain + 0.1 * attention.k_proj.weight[rows]


class Layer(nn.Module):
    def __init__(self, d, crossed):
        super().__init__()
        self.self_attn = Attention(d.width, d.heads)
        self.self_attn_layer_norm = nn.LayerNorm(d.width)
        if crossed:
            self.encoder_attn = Attention(d.width, d.heads)
            self.encoder_attn_layer_norm = nn.LayerNorm(d.width)
        self.fc1, self.fc2 = nn.Linear(d.width, 4 * d.width), nn.Linear(4 * d.width, d.width)
        self.final_layer_norm = nn.LayerNorm(d.width)

    def forward(self, x, crossed=None, dropout=0.0, cache=None):
        y = self.self_attn_layer_norm(x)
        memory = self.self_attn.memory(y)
        if cache is not None:
            if cache:
                memory = tuple(torch.cat(pair, 2) for pair in zip(cache.pop(), memory))
            cache.append(memory)
        causal = crossed is not None and y.shape[1] > 1
        x = x + F.dropout(self.self_attn(y, memory, causal), dropout, self.training)
        if crossed is not None:
            y = self.encoder_attn(self.encoder_attn_layer_norm(x), crossed)
            x = x + F.dropout(y, dropout, self.training)
        y = self.fc2(F.gelu(self.fc1(self.final_layer_norm(x))))
        return x + F.dropout(y, dropout, self.training)


class Encoder(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.conv1 = nn.Conv1d(d.bins, d.width, 3, padding=1)
        self.conv2 = nn.Conv1d(d.width, d.width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(d.source_positions, d.width)
        self.embed_positions.weight = nn.Parameter(sinusoids(d.source_positions, d.width), requires_grad=False)
        self.layers = nn.ModuleList(Layer(d, False) for _ in range(d.encoder_layers))
        self.layer_norm = nn.LayerNorm(d.width)
        for layer, offsets in zip(self.layers, itertools.cycle(OFFSETS)):
            look_around(layer.self_attn, d.width // d.heads, offsets)

    def forward(self, mel):
        """batch × frames × bins → batch × positions × width, a position for two frames."""
        x = F.gelu(self.conv2(F.gelu(self.conv1(mel.transpose(1, 2))))).transpose(1, 2)
        x = x + self.embed_positions.weight[:x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.layer_norm(x)


class Decoder(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.embed_tokens = nn.Embedding(d.vocabulary, d.width)
        self.embed_positions = nn.Embedding(d.target_positions, d.width)
        for embedding in (self.embed_tokens, self.embed_positions):
            nn.init.normal_(embedding.weight, std=0.02)
        self.layers = nn.ModuleList(Layer(d, True) for _ in range(d.decoder_layers))
        self.layer_norm = nn.LayerNorm(d.width)

    def memory(self, encoded):
        return [layer.encoder_attn.memory(encoded) for layer in self.layers]

    def forward(self, tokens, memory, dropout=0.0, caches=None, position=0):
        """Logits of the next token after each of `tokens` (batch × tokens)."""
        x = self.embed_tokens(tokens) + self.embed_positions.weight[position:position + tokens.shape[1]]
        for i, layer in enumerate(self.layers):
            x = layer(x, memory[i], dropout, None if caches is None else caches[i])
        return F.linear(self.layer_norm(x), self.embed_tokens.weight)


class Recognizer(nn.Module):
    def __init__(self, dimensions):
        super().__init__()
        self.dimensions = dimensions
        self.encoder, self.decoder = Encoder(dimensions), Decoder(dimensions)
        self.spell = nn.Linear(dimensions.width, dimensions.letters)
        self.sound = nn.Linear(dimensions.width, dimensions.phones)

    def forward(self, mel, tokens, dropout=0.0):
        """The two heads' logits, the decoder's, and where its upper half's cross-attention looked.

        Only the decoder drops out: it learns texts by heart that the encoder has not yet learned to hear.
        """
        encoded = self.encoder(mel)
        guided = [layer.encoder_attn for layer in self.decoder.layers[len(self.decoder.layers) // 2:]]
        for attention in guided:
            attention.keeps = True
        logits = self.decoder(tokens, self.decoder.memory(encoded), dropout)
        looked = torch.cat([attention.looked for attention in guided], 1)
        for attention in guided:
            attention.keeps, attention.looked = False, None
        return self.spell(encoded), self.sound(encoded), logits, looked


@torch.no_grad()
def greedy(model, vocabulary, mel, timestamps=False, limit=200):
    """Most likely tokens of each window of a batch, and the CTC head's spelling."""
    encoded = model.encoder(mel)
    memory = model.decoder.memory(encoded)
    caches = [[] for _ in model.decoder.layers]
    prompt = [vocabulary.start] if timestamps else [vocabulary.start, vocabulary.no_timestamps]
    tokens = torch.tensor([prompt] * len(mel), device=mel.device)
    result, done, position = [[] for _ in mel], [False] * len(mel), 0
    for _ in range(limit):
        logits = model.decoder(tokens, memory, caches=caches, position=position)[:, -1]
        logits[:, vocabulary.start:vocabulary.first_time] = -torch.inf
        if not timestamps:
            logits[:, vocabulary.first_time:] = -torch.inf
        position += tokens.shape[1]
        tokens = logits.argmax(1, keepdim=True)
        for i, token in enumerate(tokens[:, 0].tolist()):
            done[i] = done[i] or token == vocabulary.end
            if not done[i]:
                result[i].append(token)
        if all(done):
            break
    return result, spelled(model.spell(encoded))


ALPHABET = "\0 'abcdefghijklmnopqrstuvwxyz"


def spelled(logits):
    texts = []
    for row in logits.argmax(2).tolist():
        kept = [a for a, b in zip(row, [0] + row) if a != b and a]
        texts.append("".join(ALPHABET[a] for a in kept))
    return texts
