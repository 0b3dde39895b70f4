#!/bin/sh
# Trains a small model on dynamics at two temperatures, measures it on those at a third, and uses it.
# Arguments: number of MD steps for the data, epochs.
set -e
steps=${1:-2000}
epochs=${2:-40}
here=$(dirname "$0")

for temperature in 300 600 900; do
  lamm md "$here/structures/copper.cif" --calculator emt --supercell 2,2,2 --steps "$steps" --timestep 2fs --ensemble langevin \
    --temperature "${temperature}K" --seed "$temperature" --trajectory-every $((steps / 20)) --trajectory "copper-${temperature}K.extxyz"
done
lamm data info copper-300K.extxyz
cp "$here/07-train.yaml" train.yaml # files in a configuration are sought beside it
lamm pretrain --config train.yaml --set "training.length=$epochs epochs"
lamm evaluate copper-600K.extxyz --energy-key lamm_energy --forces-key lamm_forces --model copper-model/model.safetensors
lamm model info copper-model/model.safetensors
lamm relax "$here/structures/copper.cif" --cell --model copper-model/model.safetensors --out copper-relaxed.cif
