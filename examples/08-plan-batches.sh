#!/bin/sh
# How well the load is balanced over 16 ranks on the sizes of the paper, before anything is trained, and the same for sizes of one's own.
# Argument: number of samples to draw.
set -e
draws=${1:-1000000}
mix=$(dirname "$0")/08-paper-sizes.yaml

lamm plan-batches --mix "$mix" --draws "$draws" --temperature 2 --ranks 16 --batch 1
lamm plan-batches --mix "$mix" --draws "$draws" --temperature 2 --ranks 16 --batch 4 --svg loads.svg
awk 'BEGIN { for (i = 0; i < 1000; i++) print 5 + i % 97 }' >sizes.txt
lamm plan-batches --sizes sizes.txt --ranks 2 --batch 4 --json
