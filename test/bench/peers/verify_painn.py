"""Checks painn.py in float64 against the numbers of the original: `verify_painn.py FOLDER ...`, each with
config.json, weights.safetensors, expected.json and the gradients that it names."""
import json
import sys

import numpy as np
import torch
from painn import PaiNN, is_buffer
from tensor_files import load_tensors


def main(folder):
    config = json.load(open(f"{folder}/config.json"))["hparams"]
    expected = json.load(open(f"{folder}/expected.json"))
    parameters = {
        name: torch.tensor(array, dtype=torch.float64).requires_grad_(not is_buffer(name))
        for name, array in load_tensors(f"{folder}/weights.safetensors").items()
    }
    model = PaiNN(parameters, config["cutoff"], config["envelope"]["exponent"])
    worst = {"energy": 0.0, "forces": 0.0}
    for structure in expected["structures"].values():
        energy, forces = evaluate(model, structure, config["direct_forces"])
        reference = np.array(structure["forces"])
        energy_deviation = abs(energy.item() - structure["energy"]) / max(1, abs(structure["energy"]))
        force_deviation = np.abs(forces.detach().numpy() - reference).max() / np.abs(reference).max()
        worst["energy"] = max(worst["energy"], energy_deviation)
        worst["forces"] = max(worst["forces"], force_deviation)
    check = expected["param_grad_check"]
    energy, forces = evaluate(model, expected["structures"][check["structure"]], config["direct_forces"])
    weights = torch.cos(0.1 * torch.arange(forces.numel(), dtype=torch.float64)).reshape(forces.shape)
    (0.1 * energy + (weights * forces).sum()).backward()
    references = load_tensors(f"{folder}/{check['file']}")
    worst["gradients"] = max(
        np.abs(parameters[name].grad.numpy() - reference).max() / max(np.abs(reference).max(), 1e-30)
        for name, reference in references.items()
    )
    print(f"{folder}: {len(references)} gradients, worst relative deviations {worst}")
    return worst["energy"] < 1e-9 and worst["forces"] < 1e-9 and worst["gradients"] < 1e-6


def evaluate(model, structure, direct):
    edges = structure["edges"]
    senders, receivers = torch.tensor(edges["source"]), torch.tensor(edges["target"])
    positions = torch.tensor(structure["positions"], dtype=torch.float64, requires_grad=not direct)
    cell = torch.tensor(structure["cell"], dtype=torch.float64)
    shifts = torch.tensor(edges["cell_offset"], dtype=torch.float64) @ cell
    vectors = positions[senders] + shifts - positions[receivers]
    energies, forces = model.forward(torch.tensor(structure["numbers"]), senders, receivers, vectors)
    energy = energies.sum()
    if not direct:
        forces = -torch.autograd.grad(energy, positions, create_graph=True)[0]
    return energy, forces


if __name__ == "__main__":
    sys.exit(0 if all([main(folder) for folder in sys.argv[1:]]) else 1)
