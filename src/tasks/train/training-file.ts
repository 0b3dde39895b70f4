import { dirname, resolve } from 'node:path';
import { type PretrainConfig, parsePretrainConfig } from '../../../pretrain/config/pretrain-config.js';
import { readText } from '../../io/bytes/read-file.js';

/** The configuration of a training, and the folder that its relative paths start from. */
export interface TrainingFile {
  readonly config: PretrainConfig;
  readonly directory: string;
}

/**
 * Reads the YAML file of a training; `overrides` are settings that are replaced, as `key=value`.
 *
 * @throws {LammError} `file-not-found`, or `usage` with the line of the first thing that does not fit.
 */
export async function readTrainingFile(file: string, overrides: readonly string[] = []): Promise<TrainingFile> {
  const config = parsePretrainConfig(await readText(file), { file, overrides });
  return { config, directory: dirname(resolve(file)) };
}
