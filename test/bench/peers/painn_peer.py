"""Eager PyTorch PaiNN as the peer of the benchmark: outputs, and the times of inference and of a training step."""
import time

import numpy as np
import torch
from painn import PaiNN, is_buffer
from serve import serve
from tensor_files import load_tensors, save_tensors

state = {}


def load(request):
    torch.set_num_threads(request["threads"])
    torch.set_flush_denormal(True)
    weights = load_tensors(request["weights"])
    state["parameters"] = {
        name: torch.tensor(array).requires_grad_(request["trained"] and not is_buffer(name))
        for name, array in weights.items()
    }
    state["model"] = PaiNN(state["parameters"], request["cutoff"], request["envelopeExponent"], request["smooth"])
    state["inputs"] = {
        name: torch.tensor(array.astype(np.int64) if array.dtype == np.int32 else array)
        for name, array in load_tensors(request["inputs"]).items()
    }
    return {"version": torch.__version__}


def forward():
    inputs = state["inputs"]
    return state["model"].forward(inputs["numbers"], inputs["senders"], inputs["receivers"], inputs["edgeVectors"])


def infer(_):
    with torch.no_grad():
        start = time.perf_counter()
        energies, forces = forward()
        ms = (time.perf_counter() - start) * 1e3
    return {"ms": ms, "energies": energies.tolist(), "forces": forces.flatten().tolist()}


def differentiate(_):
    """Energies and the derivatives of their sum by the edge vectors."""
    inputs = state["inputs"]
    edge_vectors = inputs["edgeVectors"].detach().requires_grad_()
    start = time.perf_counter()
    energies, _ = state["model"].forward(inputs["numbers"], inputs["senders"], inputs["receivers"], edge_vectors)
    (gradient,) = torch.autograd.grad(energies.sum(), edge_vectors)
    ms = (time.perf_counter() - start) * 1e3
    return {"ms": ms, "energies": energies.tolist(), "edgeGradient": gradient.flatten().tolist()}


def train(request):
    """One step without the optimiser: forward, loss |E - E0| + mean |F - F0|, gradients, kept in a file if asked."""
    trained = [parameter for parameter in state["parameters"].values() if parameter.requires_grad]
    for parameter in trained:
        parameter.grad = None
    inputs = state["inputs"]
    start = time.perf_counter()
    energies, forces = forward()
    loss = (energies.sum() - inputs["energyTarget"][0]).abs() + (forces - inputs["forceTargets"]).norm(dim=1).mean()
    loss.backward()
    ms = (time.perf_counter() - start) * 1e3
    if "gradients" in request:
        arrays = {name: value.grad.numpy() for name, value in state["parameters"].items() if value.grad is not None}
        save_tensors(request["gradients"], arrays)
    return {"ms": ms, "loss": loss.item()}


serve({"load": load, "infer": infer, "differentiate": differentiate, "train": train})
