import { resolve } from 'node:path';
import type { DataOptions } from '../config/data-config.js';
import { type PreparedData, prepareData } from './prepare-data.js';
import { type OpenPreparedOptions, openPrepared } from './prepared/open-prepared.js';

/** The data of a training: from the folder that they were prepared in, or else from their files. */
export async function openData(data: DataOptions, options: OpenPreparedOptions): Promise<PreparedData> {
  if (data.prepared === undefined) return prepareData(data, options);
  return openPrepared(resolve(options.directory, data.prepared), data, options);
}
