"""The neural codec: features → encoder → residual vector quantizer → features → source-filter vocoder.

The vocoder's backbone is Vocos' (H. Siuzdak, "Vocos", 2023): ConvNeXt blocks over frames and an inverse-STFT head.
Its spectrum is not free: a band-limited pulse train of the given F0 and white noise are taken through an STFT, and the
network predicts a complex gain for the one and a magnitude for the other's phases (X. Wang et al., "Neural source-filter
waveform models", 2019), which small training sets can learn cleanly without a discriminator.
The quantizer follows R. Kumar et al., "Improved RVQGAN" (2023): codebooks looked up in a low-dimensional projection.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from .features import FEATURES, FFT, HOP, MELS, RATE

BINS = FFT // 2 + 1
NOISE_OFFSET = 2.0


class ConvNeXtBlock(nn.Module):
    def __init__(self, dim, hidden, scale):
        super().__init__()
        self.dwconv = nn.Conv1d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, hidden)
        self.pwconv2 = nn.Linear(hidden, dim)
        self.gamma = nn.Parameter(torch.full((dim,), scale))

    def forward(self, x):  # [batch, frames, dim]
        y = self.dwconv(x.transpose(1, 2)).transpose(1, 2)
        return x + self.gamma * self.pwconv2(F.gelu(self.pwconv1(self.norm(y))))


class Backbone(nn.Module):
    """`embed` widens the input with a kernel of 7, then ConvNeXt blocks; names and order are Vocos'."""

    def __init__(self, inputs, dim, blocks, hidden=None):
        super().__init__()
        self.embed = nn.Conv1d(inputs, dim, 7, padding=3)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.convnext = nn.ModuleList(ConvNeXtBlock(dim, hidden or 3 * dim, 1 / blocks) for _ in range(blocks))
        self.final_layer_norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, x):  # [batch, inputs, frames] → [batch, frames, dim]
        x = self.norm(self.embed(x).transpose(1, 2))
        for block in self.convnext:
            x = block(x)
        return self.final_layer_norm(x)


def pulse_train(f0):
    """F0 [batch, frames] in Hz, 0 unvoiced → band-limited pulses [batch, frames * HOP].

    Sample k * HOP + j has F0 (1 − j / HOP) f0[k] + j / HOP f0[k + 1] where both are voiced, otherwise the voiced one
    of the two, and is silent when the nearer frame (k for j < HOP / 2) is unvoiced. A pulse is the closed sum of N equal
    cosines, N = ⌊rate / 2 / F0⌋.
    """
    following = torch.cat([f0[:, 1:], f0[:, -1:]], 1)
    a, b = torch.where(f0 > 0, f0, following)[..., None], torch.where(following > 0, following, f0)[..., None]
    j = torch.arange(HOP, device=f0.device) / HOP
    f = (a * (1 - j) + b * j).flatten(1)
    voiced = torch.where(j < 0.5, f0[..., None], following[..., None]).flatten(1) > 0
    phase = torch.cumsum(f.double() / RATE, 1)
    phase = ((phase - torch.floor(phase)) * 2 * math.pi).float()
    count = torch.clamp(torch.floor(RATE / 2 / torch.clamp(f, min=60)), 1, 200)
    half = torch.sin(phase / 2)
    flat = half.abs() < 1e-4
    kernel = torch.where(flat, 2 * count + 1, torch.sin((count + 0.5) * phase) / torch.where(flat, 1, half))
    return voiced * (kernel - 1) / 2 * torch.rsqrt(count / 2) * 0.1


def source_spectrum(x):
    """STFT [batch, BINS, frames] of the frames centred on k * HOP; zeros beyond both ends."""
    x = F.pad(x, (FFT // 2, FFT // 2))
    return torch.stft(x, FFT, HOP, window=torch.hann_window(FFT, device=x.device), center=False,
                      return_complex=True)[:, :, :-1]


class Vocoder(nn.Module):
    """Features [batch, FEATURES, frames] and F0 [batch, frames] → samples [batch, frames * HOP]."""

    def __init__(self, dim=256, blocks=8):
        super().__init__()
        self.backbone = Backbone(FEATURES, dim, blocks)
        self.head = nn.Linear(dim, 3 * BINS)

    def forward(self, features, f0, noise=None):
        gain, phase, noise_gain = self.head(self.backbone(features)).float().transpose(1, 2).chunk(3, 1)
        pulses = pulse_train(f0)
        if noise is None:
            noise = torch.randn_like(pulses)
        gain = torch.exp(torch.clamp(gain, max=6.0))
        harmonic = torch.polar(gain, math.pi * torch.tanh(phase)) * source_spectrum(pulses)
        # Only the phase of the noise: its magnitude's own chance would add to what the features say.
        noise = source_spectrum(noise)
        noise = noise / torch.clamp(noise.abs(), min=1e-7)
        aperiodic = torch.exp(torch.clamp(noise_gain - NOISE_OFFSET, max=6.0)) * noise
        spectrum = harmonic + aperiodic
        return torch.istft(F.pad(spectrum, (0, 1)), FFT, HOP, window=torch.hann_window(FFT, device=f0.device),
                           center=True, length=f0.shape[1] * HOP)


class ResidualVectorQuantizer(nn.Module):
    """Each stage quantises what the stages before it left, looked up among unit vectors of `width` dimensions."""

    def __init__(self, dim=64, stages=6, codes=1024, width=8):
        super().__init__()
        self.project_in = nn.ModuleList(nn.Linear(dim, width) for _ in range(stages))
        self.project_out = nn.ModuleList(nn.Linear(width, dim) for _ in range(stages))
        self.codebooks = nn.ParameterList(nn.Parameter(torch.randn(codes, width)) for _ in range(stages))

    def lookup(self, stage, x):
        return (F.normalize(x, dim=-1) @ F.normalize(self.codebooks[stage], dim=-1).T).argmax(-1)

    def forward(self, x, stages=None):  # [batch, frames, dim] → quantised, codes [batch, frames, stages], loss
        total, residual, loss, codes = 0, x, 0, []
        for stage in range(stages or len(self.codebooks)):
            z = self.project_in[stage](residual)
            code = self.lookup(stage, z)
            q = self.codebooks[stage][code]
            loss = loss + F.mse_loss(z, q.detach()) * 0.25 + F.mse_loss(q, z.detach())
            q = self.project_out[stage](z + (q - z).detach())
            total, residual = total + q, residual - q
            codes.append(code)
        return total, torch.stack(codes, -1), loss

    def decode(self, codes):
        return sum(self.project_out[i](self.codebooks[i][codes[..., i]]) for i in range(codes.shape[-1]))


class FeatureCodec(nn.Module):
    """Features → codes → normalised log-mel. F0 travels beside the codes, see `quantize_pitch`."""

    def __init__(self, dim=192, blocks=3, latent=64, stages=6, codes=1024):
        super().__init__()
        self.encoder = Backbone(FEATURES, dim, blocks)
        self.to_latent = nn.Linear(dim, latent)
        self.quantizer = ResidualVectorQuantizer(latent, stages, codes)
        self.decoder = Backbone(latent + 2, dim, blocks)
        self.to_mel = nn.Linear(dim, MELS)

    def forward(self, features, stages=None):
        latent, codes, loss = self.quantizer(self.to_latent(self.encoder(features)), stages)
        return self.mel(latent, features[:, MELS:]), codes, loss

    def mel(self, latent, pitch):  # [batch, frames, latent], [batch, 2, frames] → [batch, MELS, frames]
        return self.to_mel(self.decoder(torch.cat([latent.transpose(1, 2), pitch], 1))).transpose(1, 2)


#: F0 codes: 0 is unvoiced, 1…255 lie evenly on a logarithmic scale.
PITCH_LOW, PITCH_HIGH = 55.0, 620.0


def quantize_pitch(f0):
    """Hz → codes 0…255."""
    place = torch.log(torch.clamp(f0, PITCH_LOW, PITCH_HIGH) / PITCH_LOW) / math.log(PITCH_HIGH / PITCH_LOW)
    return torch.where(f0 > 0, 1 + torch.round(place * 254), torch.zeros_like(f0)).long()


def dequantize_pitch(codes):
    f0 = PITCH_LOW * torch.exp((codes.float() - 1) / 254 * math.log(PITCH_HIGH / PITCH_LOW))
    return torch.where(codes > 0, f0, torch.zeros_like(f0))
