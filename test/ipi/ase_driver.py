"""Drives an i-PI client with ASE: single points of a strained crystal, then a relaxation, beside ASE's own EMT.

usage: ase_driver.py STRUCTURE SOCKET_NAME
Prints one JSON object with the largest differences.
"""
import json
import sys

import numpy as np
from ase.calculators.emt import EMT
from ase.calculators.socketio import SocketIOCalculator
from ase.io import read
from ase.optimize import BFGS

structure, name = sys.argv[1:]
atoms = read(structure)
own = atoms.copy()
own.calc = EMT()
difference = {"energy": 0.0, "forces": 0.0, "stress": 0.0}

with SocketIOCalculator(unixsocket=name, timeout=60) as calculator:
    print("listening", file=sys.stderr, flush=True)
    atoms.calc = calculator
    for frame in range(5):
        strain = np.eye(3) + 0.01 * frame * np.array([[1, 0.5, 0], [0, -1, 0.2], [0.3, 0, 0.5]])
        for system in (atoms, own):
            system.set_cell(read(structure).cell.array @ strain, scale_atoms=True)
        difference["energy"] = max(difference["energy"], abs(atoms.get_potential_energy() - own.get_potential_energy()))
        difference["forces"] = max(difference["forces"], float(np.abs(atoms.get_forces() - own.get_forces()).max()))
        difference["stress"] = max(difference["stress"], float(np.abs(atoms.get_stress() - own.get_stress()).max()))
    runs = {}
    for label, system in (("lamm", atoms), ("ase", own)):
        with BFGS(system, logfile=sys.stderr) as optimizer:
            converged = optimizer.run(fmax=0.01, steps=200)
            runs[label] = {
                "converged": bool(converged),
                "steps": optimizer.nsteps,
                "energy": system.get_potential_energy(),
                "fmax": float(np.linalg.norm(system.get_forces(), axis=1).max()),
            }

print(json.dumps({"difference": difference, **runs}))
