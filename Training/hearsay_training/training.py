"""What every training loop shares: resumable checkpoints, an average of the weights, a learning-rate schedule."""

import argparse
import copy
import math
import os
import random
import signal
import time

import numpy as np
import torch


def arguments_parser(steps):
    """What every training command takes: how long it goes on, and on what."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=9, help="of this run")
    parser.add_argument("--steps", type=int, default=steps, help="of the whole training")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser


def moved(value, device):
    """Tensors, and tuples and dictionaries of them, on a device."""
    if torch.is_tensor(value):
        return value.to(device, non_blocking=True)
    if isinstance(value, dict):
        return {k: moved(v, device) for k, v in value.items()}
    return tuple(moved(v, device) for v in value) if isinstance(value, tuple) else value


def write(value, path):
    """torch.save that leaves the old file, or the whole new one."""
    part = path.with_suffix(".part")
    torch.save(value, part)
    os.replace(part, path)


def seed(value):
    random.seed(value)
    np.random.seed(value % 2 ** 32)
    torch.manual_seed(value)


def chance():
    """The states of all generators that `seed` seeds, in what torch.load takes with weights_only."""
    kind, keys, *rest = np.random.get_state()
    return {"python": random.getstate(), "numpy": (kind, torch.from_numpy(keys.astype(np.int64)), *rest),
            "torch": torch.get_rng_state()}


def go_on_by_chance(state):
    """Lets chance go on where `chance` was asked."""
    version, inner, gauss = state["python"]
    random.setstate((version, tuple(inner), gauss))
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])


def start_from(model, file, prefix=""):
    """Takes the weights of an exported voice (safetensors) as a beginning, where the tensor names bear `prefix`."""
    from safetensors.torch import load_file
    weights = {k.removeprefix(prefix): v.float() for k, v in load_file(file).items() if k.startswith(prefix)}
    scales = {k.removesuffix("_scale"): weights.pop(k) for k in list(weights) if k.endswith("_scale")}
    model.load_state_dict(weights | {k: weights[k] * v[:, None] for k, v in scales.items()})
    return model


class Run:
    """A model with its optimiser and averaged copy, which lives in one checkpoint file and goes on from there: to what an
    uninterrupted run on a processor would have come to, where the loop keeps nothing else from step to step.

    The learning rate warms up, stays, and falls to a tenth along a cosine over the last half of `steps`.
    """

    def __init__(self, path, model, rate, steps, average=0.999, warmup=200, betas=(0.8, 0.98), weight_decay=0.01,
                 companions=None):
        self.path, self.model, self.rate, self.steps, self.warmup = path, model, rate, steps, warmup
        #: What is trained beside the model and goes on with it: a discriminator and its optimiser.
        self.companions = companions or {}
        self.averaged = copy.deepcopy(model).requires_grad_(False).eval()
        self.average = average
        self.optimizer = torch.optim.AdamW(model.parameters(), rate, betas=betas, weight_decay=weight_decay)
        self.step, self.began, self.saved, self.stopped = 0, time.time(), time.time(), False
        signal.signal(signal.SIGTERM, self.stop)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            state = torch.load(path, map_location="cpu", weights_only=True)
            model.load_state_dict(state["model"])
            self.averaged.load_state_dict(state["averaged"])
            if "optimizer" in state:
                self.optimizer.load_state_dict(state["optimizer"])
            for name, companion in self.companions.items():
                if name in state.get("companions", {}):
                    companion.load_state_dict(state["companions"][name])
            self.step = state["step"]
            if "chance" in state:
                go_on_by_chance(state["chance"])
                return
        seed(1 + self.step)

    def learning_rate(self):
        progress = self.step / self.steps
        fall = 1.0 if progress < 0.5 else 0.55 + 0.45 * math.cos(math.pi * min(1, 2 * progress - 1))
        return self.rate * min(1, (self.step + 1) / self.warmup) * fall

    def update(self, loss, clip=5.0):
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), clip)
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step += 1
        decay = min(self.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            ours, theirs = list(self.averaged.parameters()), list(self.model.parameters())
            torch._foreach_lerp_(ours, theirs, 1 - decay)
            for a, b in zip(self.averaged.buffers(), self.model.buffers()):
                a.copy_(b)

    def stop(self, *_):
        """Lets the loop end after its step, with a checkpoint."""
        self.stopped = True

    def save(self):
        write({"model": self.model.state_dict(), "averaged": self.averaged.state_dict(),
               "optimizer": self.optimizer.state_dict(), "step": self.step, "chance": chance(),
               "companions": {k: v.state_dict() for k, v in self.companions.items()}}, self.path)
        self.saved = time.time()

    def goes_on(self, minutes, every=180):
        """Whether to take another step; writes a checkpoint now and then, and at the end."""
        over = self.stopped or self.step >= self.steps or time.time() - self.began > minutes * 60
        if over or time.time() - self.saved > every:
            self.save()
        return not over
