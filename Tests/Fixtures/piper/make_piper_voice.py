#!/usr/bin/env python3
"""Makes Piper voices with seeded random weights from Piper's own training code, and the audio that they should speak.

    make_piper_voice.py [CHECKOUT] --quality tiny --out Tests/Fixtures/piper

CHECKOUT is a clone of rhasspy/piper or OHF-Voice/piper1-gpl; without it, PyPI's piper-tts must be installed. Its `vits`
package defines the network, this script only fills it with numbers and calls the exporter as Piper's export_onnx.py
does. Needs torch, onnx, onnxruntime, numpy.

Writes NAME.onnx, NAME.onnx.json and NAME.expected.safetensors:
    ids [tokens], noise_w [2, tokens], noise [channels, frames]     inputs, the two noises as PyTorch drew them
    audio                                                           PyTorch, scales (0.667, 1, 0.8), those noises
    audio_noisy                                                     onnxruntime, the same scales, the same noises
    audio_silent                                                    onnxruntime, scales (0, 1, 0): no noise at all
    audio_slow                                                      onnxruntime, scales (0, 1.7, 0)
    enc_x, enc_m, enc_logs, logw, z                                 PyTorch, [channels, time], before each later stage
"""
import argparse
import gzip
import importlib.util
import json
import sys
import types
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

torch.set_num_threads(1)

LOW = dict(
    resblock="2", resblock_kernel_sizes=(3, 5, 7), resblock_dilation_sizes=((1, 2), (2, 6), (3, 12)),
    upsample_rates=(8, 8, 4), upsample_initial_channel=256, upsample_kernel_sizes=(16, 16, 8),
)  # fmt: skip
HIGH = dict(
    resblock="1", resblock_kernel_sizes=(3, 7, 11), resblock_dilation_sizes=((1, 3, 5),) * 3,
    upsample_rates=(8, 8, 2, 2), upsample_initial_channel=512, upsample_kernel_sizes=(16, 16, 4, 4),
)  # fmt: skip
WIDE = dict(inter_channels=192, hidden_channels=192, filter_channels=768, n_layers=6, vocabulary=256)
NARROW = dict(inter_channels=96, hidden_channels=96, filter_channels=384, n_layers=6, vocabulary=256)
TINY = dict(inter_channels=8, hidden_channels=8, filter_channels=12, n_layers=2, vocabulary=64)

QUALITIES = {
    "x_low": (16000, {**NARROW, **LOW}),
    "low": (16000, {**WIDE, **LOW}),
    "medium": (22050, {**WIDE, **LOW}),
    "high": (22050, {**WIDE, **HIGH}),
    # Few channels, but every kind of layer, and sizes that no vector length divides.
    "tiny": (16000, {**TINY, **LOW, "upsample_rates": (4, 2, 2), "upsample_kernel_sizes": (8, 4, 4),
                     "upsample_initial_channel": 28}),
    "tiny_high": (22050, {**TINY, **HIGH, "n_layers": 1, "upsample_rates": (5, 3), "upsample_kernel_sizes": (11, 7),
                          "upsample_initial_channel": 20, "resblock_kernel_sizes": (3, 7),
                          "resblock_dilation_sizes": ((1, 3, 5),) * 2}),
}  # fmt: skip

SYMBOLS = "_^$ !'(),-.:;?abcdefhijklmnopqrstuvwxyzæçðŋɐɑəɛɪʃˈˌː"


def piper_models(checkout):
    """Piper's vits.models, imported without the training dependencies (lightning, the Cython aligner)."""
    if checkout is None:
        places = [Path(place) / "train/vits" for place in importlib.util.find_spec("piper").submodule_search_locations]
    else:
        places = [checkout / "src/python/piper_train/vits", checkout / "src/piper/train/vits"]
    folder = next(place for place in places if (place / "models.py").exists())
    package = types.ModuleType("piper_vits")
    package.__path__ = [str(folder)]
    sys.modules["piper_vits"] = package
    sys.modules["piper_vits.monotonic_align"] = types.ModuleType("monotonic_align")
    return importlib.import_module("piper_vits.models")


def build(models, quality, speakers):
    config = dict(QUALITIES[quality][1])
    model = models.SynthesizerTrn(
        n_vocab=config.pop("vocabulary"), spec_channels=513, segment_size=32, n_heads=2, kernel_size=3, p_dropout=0.1,
        n_speakers=speakers, gin_channels=0 if speakers == 1 else 12 if quality.startswith("tiny") else 512, **config,
    )  # fmt: skip
    if quality.startswith("tiny"):
        gin, inner = model.gin_channels, config["inter_channels"]
        model.flow = models.ResidualCouplingBlock(inner, model.hidden_channels, 5, 1, 2, n_flows=2, gin_channels=gin)
        model.dp = models.StochasticDurationPredictor(model.hidden_channels, 192, 3, 0.5, 3, gin_channels=gin)
    del model.enc_q  # the posterior encoder, which speaking does not need
    model.eval()
    with torch.no_grad():
        model.dec.remove_weight_norm()
        randomize(model)
    return model


def randomize(model):
    """Numbers of a trained network's size: zeros (as training begins with) would hide most mistakes."""
    for name, parameter in model.named_parameters():
        fan_in = parameter[0].numel() if parameter.dim() > 1 else 1
        if name.endswith(("weight_g", "gamma")):
            parameter.mul_(torch.empty_like(parameter).uniform_(0.8, 1.2))
        elif name.endswith((".logs", ".m", "beta", "bias")):
            parameter.normal_(0, 0.1)
        elif "emb" in name:
            parameter.normal_(0, fan_in**-0.5 if parameter.dim() == 2 else 0.3)
        elif name.startswith("dec.ups"):
            kernel = parameter.shape[2]
            parameter.normal_(0, (parameter.shape[0] * 2) ** -0.5 * (1.3 if kernel > 4 else 1.2))
        elif name == "dec.conv_post.weight":
            parameter.normal_(0, 0.2 * fan_in**-0.5)
        elif name.startswith("dec.resblocks"):
            parameter.normal_(0, 0.6 * fan_in**-0.5)
        else:
            parameter.normal_(0, fan_in**-0.5)
        # Half of each number's bits are zero, so that a packed fixture is small.
        parameter.copy_(parameter.bfloat16().float())
    # Phonemes of about two frames each, seldom ten.
    model.dp.flows[0].m[0] = -0.75
    model.dp.flows[0].logs[0] = 1


def recorded(function, make):
    """Runs `function` while torch.randn and randn_like take their numbers from `make(shape)`."""
    saved = torch.randn, torch.randn_like
    torch.randn = lambda *shape, **_: make(shape)
    torch.randn_like = lambda like, **_: make(tuple(like.shape))
    try:
        with torch.no_grad():
            return function()
    finally:
        torch.randn, torch.randn_like = saved


def export(model, speakers, path):
    """As export_onnx.py does it."""

    def infer_forward(text, text_lengths, scales, sid=None):
        return model.infer(
            text, text_lengths, noise_scale=scales[0], length_scale=scales[1], noise_scale_w=scales[2], sid=sid
        )[0].unsqueeze(1)

    model.forward = infer_forward
    sequences = torch.randint(low=0, high=model.n_vocab, size=(1, 50), dtype=torch.long)
    arguments = (sequences, torch.LongTensor([50]), torch.FloatTensor([0.667, 1.0, 0.8]),
                 torch.LongTensor([0]) if speakers > 1 else None)  # fmt: skip
    torch.onnx.export(
        model=model, args=arguments, f=str(path), verbose=False, opset_version=15,
        input_names=["input", "input_lengths", "scales", "sid"], output_names=["output"], dynamo=False,
        dynamic_axes={"input": {0: "batch_size", 1: "phonemes"}, "input_lengths": {0: "batch_size"},
                      "output": {0: "batch_size", 1: "time"}},
    )  # fmt: skip


def write_config(path, quality, speakers):
    ids = {symbol: [index] for index, symbol in enumerate(SYMBOLS)}
    config = {
        "audio": {"sample_rate": QUALITIES[quality][0], "quality": quality},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": ids,
        "num_symbols": QUALITIES[quality][1]["vocabulary"],
        "num_speakers": speakers,
        "speaker_id_map": {f"speaker-{index}": index for index in range(speakers)} if speakers > 1 else {},
        "piper_version": "1.0.0",
    }
    path.write_text(json.dumps(config, ensure_ascii=False) + "\n")


def with_given_noise(path):
    """The exported graph with inputs in place of its two random operations: that of the durations, and the other."""
    graph = onnx.load(str(path))
    drawing = [node for node in graph.graph.node if node.op_type.startswith("RandomNormal")]
    inputs = {}
    for node in drawing:
        kind = "noise_w" if "/dp/" in node.name else "noise"
        assert kind not in inputs
        inputs[kind] = node.output[0]
        graph.graph.node.remove(node)
        shape = [1, f"{kind}_rows", f"{kind}_columns"]
        graph.graph.input.append(onnx.helper.make_tensor_value_info(node.output[0], onnx.TensorProto.FLOAT, shape))
    assert len(inputs) == 2
    return graph.SerializeToString(), inputs


def reference(model, speakers, path, ids, seed):
    """Everything that the parity tests compare with, and the inputs."""
    x, lengths = torch.LongTensor([ids]), torch.LongTensor([len(ids)])
    sid = torch.LongTensor([speakers - 1]) if speakers > 1 else None
    noises = []
    generator = torch.Generator().manual_seed(seed)

    def drawn(shape):
        noises.append(torch.empty(shape).normal_(generator=generator))
        return noises[-1]

    audio, _, _, (z, _, _, _) = recorded(lambda: model.infer(x, lengths, sid=sid), drawn)
    with torch.no_grad():
        enc_x, enc_m, enc_logs, mask = model.enc_p(x, lengths)
        g = model.emb_g(sid).unsqueeze(-1) if speakers > 1 else None
        noise_w = noises[0]
        logw = recorded(lambda: model.dp(enc_x, mask, g=g, reverse=True, noise_scale=0.8), lambda shape: noise_w)
    tensors = dict(ids=np.array(ids, np.float32), noise_w=noises[0][0], noise=noises[1][0], audio=audio.flatten(),
                   enc_x=enc_x[0], enc_m=enc_m[0], enc_logs=enc_logs[0], logw=logw[0], z=z[0])  # fmt: skip

    def spoken(session, scales, **more):
        inputs = {"input": x.numpy(), "input_lengths": lengths.numpy(), "scales": np.array(scales, np.float32), **more}
        if sid is not None:
            inputs["sid"] = sid.numpy()
        return session.run(None, inputs)[0].flatten()

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for name, scales in (("audio_silent", (0, 1, 0)), ("audio_slow", (0, 1.7, 0))):
        tensors[name] = spoken(session, scales)
    graph, inputs = with_given_noise(path)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    given = {inputs["noise_w"]: noises[0].numpy(), inputs["noise"]: noises[1].numpy()}
    tensors["audio_noisy"] = spoken(session, (0.667, 1, 0.8), **given)
    return {name: np.ascontiguousarray(np.asarray(value, np.float32)) for name, value in tensors.items()}


def save_safetensors(path, tensors):
    header, data = {}, b""
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": value.shape, "data_offsets": [len(data), len(data) + value.nbytes]}
        data += value.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path, nargs="?")
    parser.add_argument("--quality", choices=QUALITIES, required=True)
    parser.add_argument("--speakers", type=int, default=1)
    parser.add_argument("--name", help="of the files; the quality when not given")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=14)
    parser.add_argument("--compress", action="store_true", help="write NAME.onnx.gz in place of NAME.onnx")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()

    options.out.mkdir(parents=True, exist_ok=True)
    name = options.name or options.quality
    path = options.out / f"{name}.onnx"
    torch.manual_seed(options.seed)
    model = build(piper_models(options.checkout), options.quality, options.speakers)
    export(model, options.speakers, path)
    draw = np.random.default_rng(options.seed)
    ids = [1, 0] + [i for _ in range(options.tokens) for i in (int(draw.integers(3, len(SYMBOLS) - 1)), 0)] + [2]
    tensors = reference(model, options.speakers, path, ids, options.seed)
    if options.compress:
        with gzip.GzipFile(f"{path}.gz", "wb", 9, mtime=0) as packed:
            packed.write(path.read_bytes())
        path.unlink()
    write_config(options.out / f"{name}.onnx.json", options.quality, options.speakers)
    save_safetensors(options.out / f"{name}.expected.safetensors", tensors)
    audio = tensors["audio"]
    print(f"{path}: {len(ids)} ids, {audio.size} samples, "
          f"peak {np.abs(audio).max():.3f}, rms {np.sqrt((audio**2).mean()):.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
