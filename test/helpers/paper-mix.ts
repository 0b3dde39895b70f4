import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSizeMix } from '../../pretrain/sampling/size-mix.js';

export const paperMixFile = fileURLToPath(new URL('../../examples/08-paper-sizes.yaml', import.meta.url));

/** The subsets of the paper's joint data set. */
export const paperMix = parseSizeMix(readFileSync(paperMixFile, 'utf8'));
