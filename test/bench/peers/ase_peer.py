"""ASE as the peer of the benchmark: neighbour lists, molecular dynamics, reading files."""
import time

import ase.db
import ase.io
import numpy as np
from ase import Atoms, units
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones
from ase.md.verlet import VelocityVerlet
from ase.neighborlist import neighbor_list
from serve import serve, timed
from tensor_files import load_tensors

systems = {}
simulations = {}


def load_system(path):
    if path not in systems:
        arrays = load_tensors(path)
        systems[path] = Atoms(numbers=arrays["numbers"], positions=arrays["positions"], cell=arrays["cell"], pbc=True)
    return systems[path]


def neighbors(request):
    atoms = load_system(request["system"])
    start = time.perf_counter()
    first, *_ = neighbor_list("ijSDd", atoms, request["cutoff"])
    return {"ms": (time.perf_counter() - start) * 1e3, "edgeCount": len(first)}


def start_md(request):
    """Starts a simulation at rest; the answer has the potential energy."""
    atoms = load_system(request["system"]).copy()
    options = request["options"]
    atoms.calc = EMT() if request["calculator"] == "emt" else LennardJones(
        epsilon=options["epsilon"], sigma=options["sigma"], rc=options["cutoff"]
    )
    simulations[request["name"]] = VelocityVerlet(atoms, request["timestepFs"] * units.fs)
    return {"energy": atoms.get_potential_energy()}


def run_md(request):
    """Runs some steps; the answer has the time of one and the potential energy after them."""
    dynamics = simulations[request["name"]]
    ms = timed(lambda: dynamics.run(request["steps"]), 1) / request["steps"]
    return {"ms": ms, "energy": dynamics.atoms.get_potential_energy()}


def write_database(request):
    """Puts the frames of a file into a data base; the answer has their number."""
    database = ase.db.connect(request["database"], append=False)
    with database:
        for frame in ase.io.iread(request["path"], index=":", format="extxyz"):
            database.write(frame)
    return {"frames": len(database)}


def read_database(request):
    """Reads the rows of a data base in the order that is asked for."""
    database = ase.db.connect(request["database"])
    start = time.perf_counter()
    for row in request["order"]:
        database.get_atoms(row + 1)
    return {"ms": (time.perf_counter() - start) * 1e3}


def read_files(request):
    start = time.perf_counter()
    frames = [frame for path in request["paths"] for frame in ase.io.read(path, index=":", format=request["format"])]
    ms = (time.perf_counter() - start) * 1e3
    labelled = [frame for frame in frames if frame.calc is not None]
    return {
        "ms": ms,
        "frames": len(frames),
        "atoms": sum(len(frame) for frame in frames),
        "energy": sum(frame.get_potential_energy() for frame in labelled),
        "force": sum(float(np.abs(frame.get_forces()).sum()) for frame in labelled),
        "volume": sum(frame.cell.volume for frame in frames),
    }


serve({
    "neighbors": neighbors,
    "start_md": start_md,
    "run_md": run_md,
    "write_database": write_database,
    "read_database": read_database,
    "read_files": read_files,
})
