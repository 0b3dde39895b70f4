#!/bin/sh
# The command line from file to result: what is in a file, single points, relaxation, dynamics, and going on with it.
# Argument: number of MD steps.
set -e
steps=${1:-1000}
structures=$(dirname "$0")/structures

lamm data info "$structures/quartz.cif"
lamm singlepoint "$structures/copper.cif" --calculator emt --out copper-energy.extxyz
lamm relax "$structures/argon.xyz" --calculator lj:epsilon=0.0104,sigma=3.4,cutoff=8.5,smooth=true --fmax 0.001 --out argon.cif
lamm md "$structures/copper.cif" --calculator emt --supercell 2,2,2 --steps "$((steps / 2))" --timestep 2fs \
  --ensemble langevin --temperature 300K --trajectory copper-md.extxyz
lamm md "$structures/copper.cif" --steps "$steps" --trajectory copper-md.extxyz --resume
