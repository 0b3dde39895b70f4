import type { Sample, SampleList } from './sample.js';

/** Where the samples of a data set go while its files are read. */
export interface SampleSink {
  /** Samples that it has taken. */
  readonly count: number;
  /** Takes the next sample; they are numbered from 0. */
  add(sample: Sample): Promise<void> | void;
  /** To be called after the last sample, before lists are asked for. */
  finish(): Promise<void>;
  /** The samples of these numbers, in this order. */
  list(numbers: Uint32Array): SampleList;
}

/** Keeps all samples as they are. */
export function createMemorySink(): SampleSink {
  const samples: Sample[] = [];
  return {
    get count() {
      return samples.length;
    },
    add: (sample) => {
      samples.push(sample);
    },
    finish: async () => undefined,
    list: (numbers) => Array.from(numbers, (number) => samples[number]),
  };
}
