"""PaiNN in eager PyTorch, the peer of the benchmark.

Schuett, Unke, Gastegger, ICML 2021, in the variant of the published checkpoints.

Parameters are a dictionary of tensors under the names of those checkpoints.  Edges run from `senders` to `receivers`;
`edge_vectors` [E, 3] in A point from receiver to sender.
"""
import math

import torch
from torch.nn import functional

INV_SQRT_2 = 1 / math.sqrt(2)
INV_SQRT_3 = 1 / math.sqrt(3)
SMOOTHING = 1e-2


def scaled_silu(x):
    return functional.silu(x) * (1 / 0.6)


class PaiNN:
    """`forward` gives per-atom energies [N] and, with a force head among the parameters, direct forces [N, 3].

    `smooth`: the envelope multiplies whole filters, and 1e-2 is added to squared lengths.  The radial functions are
    Gaussians around `radial_basis.rbf.offset` where that is among the parameters, otherwise Bessel functions.
    """

    def __init__(self, parameters, cutoff, envelope_exponent=5, smooth=False):
        self.parameters = parameters
        self.cutoff = cutoff
        self.exponent = envelope_exponent
        self.smooth = smooth
        self.hidden = parameters["atom_emb.embeddings.weight"].shape[1]
        self.layers = sum(name.endswith("rbf_proj.weight") for name in parameters)
        self.offset = parameters.get("radial_basis.rbf.offset")
        if self.offset is None:
            size = parameters["message_layers.0.rbf_proj.weight"].shape[1]
            self.frequencies = torch.arange(1, size + 1) * (math.pi / cutoff)
        else:
            self.coefficient = -0.5 / float(self.offset[1] - self.offset[0]) ** 2

    def forward(self, numbers, senders, receivers, edge_vectors):
        distances = edge_vectors.norm(dim=1)
        directions = edge_vectors / distances[:, None]
        envelope = self.envelope(distances)[:, None]
        basis = self.radial_basis(distances)
        x = self.parameters["atom_emb.embeddings.weight"][numbers - 1]
        vec = x.new_zeros(x.shape[0], 3, self.hidden)
        for layer in range(self.layers):
            filters = self.filters(layer, basis, envelope)
            dx, dvec = self.message(layer, x, vec, filters, directions, senders, receivers)
            x = (x + dx) * INV_SQRT_2
            vec = vec + dvec
            dx, dvec = self.update(layer, x, vec)
            x = (x + dx) * self.scale(layer)
            vec = vec + dvec
        energies = self.mlp("out_energy", x)[:, 0]
        direct = any(name.startswith("out_forces.") for name in self.parameters)
        return energies, self.forces(x, vec) if direct else None

    def envelope(self, distances):
        t = distances / self.cutoff
        p = self.exponent
        envelope = 1 - (p + 1) * (p + 2) / 2 * t**p + p * (p + 2) * t ** (p + 1) - p * (p + 1) / 2 * t ** (p + 2)
        return torch.where(t < 1, envelope, torch.zeros_like(t))

    def radial_basis(self, distances):
        if self.offset is None:
            return math.sqrt(2 / self.cutoff) * torch.sin(distances[:, None] * self.frequencies) / distances[:, None]
        return torch.exp(self.coefficient * (distances[:, None] / self.cutoff - self.offset) ** 2)

    def filters(self, layer, basis, envelope):
        name = f"message_layers.{layer}.rbf_proj"
        return envelope * self.linear(name, basis) if self.smooth else self.linear(name, envelope * basis)

    def message(self, layer, x, vec, filters, directions, senders, receivers):
        prefix = f"message_layers.{layer}."
        h = self.hidden
        normed = functional.layer_norm(
            x, (h,), self.parameters[prefix + "x_layernorm.weight"], self.parameters[prefix + "x_layernorm.bias"], 1e-5
        )
        q = self.mlp(prefix + "x_proj", normed)
        message = q[senders] * filters
        scalar, along_vec, along_edge = torch.split(message, h, dim=1)
        vector = vec[senders] * (along_vec * INV_SQRT_3)[:, None, :] + along_edge[:, None, :] * directions[:, :, None]
        dx = torch.zeros_like(x).index_add(0, receivers, scalar)
        dvec = torch.zeros_like(vec).index_add(0, receivers, vector * (1 / math.sqrt(h)))
        return dx, dvec

    def update(self, layer, x, vec):
        prefix = f"update_layers.{layer}."
        h = self.hidden
        v1, v2 = torch.split(self.linear(prefix + "vec_proj", vec), h, dim=2)
        dot = (v1 * v2).sum(dim=1) * (1 / math.sqrt(h))
        norm = torch.sqrt((v2**2).sum(dim=1) + (SMOOTHING if self.smooth else 1e-8))
        p1, p2, p3 = torch.split(self.mlp(prefix + "xvec_proj", torch.cat([x, norm], dim=1)), h, dim=1)
        return (p1 + p2 * dot) * INV_SQRT_2, p3[:, None, :] * v1

    def forces(self, x, vec):
        for block in (0, 1):
            prefix = f"out_forces.output_network.{block}."
            projected = self.linear(prefix + "vec1_proj", vec)
            norm = ((projected**2).sum(dim=1) + SMOOTHING).sqrt() if self.smooth else projected.norm(dim=1)
            vec = self.linear(prefix + "vec2_proj", vec)
            x, gate = torch.split(self.mlp(prefix + "update_net", torch.cat([x, norm], dim=1)), vec.shape[2], dim=1)
            x = scaled_silu(x)
            vec = gate[:, None, :] * vec
        return vec[:, :, 0]

    def scale(self, layer):
        """A factor that was never fitted (0, or absent) counts as 1."""
        factor = self.parameters.get(f"upd_out_scalar_scale_{layer}.scale_factor")
        return 1.0 if factor is None or float(factor) == 0 else float(factor)

    def mlp(self, name, x):
        return self.linear(name + ".2", scaled_silu(self.linear(name + ".0", x)))

    def linear(self, name, x):
        return functional.linear(x, self.parameters[name + ".weight"], self.parameters.get(name + ".bias"))


def is_buffer(name):
    """Whether a tensor of a checkpoint is not trained."""
    return name.endswith((".offset", ".scale_factor"))
