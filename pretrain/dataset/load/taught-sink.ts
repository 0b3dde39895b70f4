import { resolve } from 'node:path';
import { calculateEach, defaultBatchAtoms } from '../../../calculators/batching.js';
import type { Calculator } from '../../../calculators/calculator.js';
import { createModelCalculator } from '../../../calculators/model-calculator.js';
import { isAboutOneStructure } from '../../../src/errors.js';
import { modelFile } from '../../../src/models/embedded-models.js';
import type { Sample } from '../sample/sample.js';
import type { SampleSink } from '../sample/sample-sink.js';

/** The file of a teacher: one that comes with this package by its name, or a path that starts from `directory`. */
export function teacherFile(teacher: string, directory: string): string {
  const file = modelFile(teacher);
  return file === teacher ? resolve(directory, teacher) : file;
}

/**
 * Creates a teacher from the file of a model.
 *
 * @throws {LammError} when the file is no model of ours.
 */
export function openTeacher(file: string): Calculator {
  return createModelCalculator({ model: file, threads: 1 }); // the same bits at every start
}

/**
 * A sink that gives each sample the energies that a teacher finds for its atoms, and passes it on to `sink`, order
 * kept.  Samples of which the teacher knows nothing, such as those with elements that are new to it, stay as they are.
 * `finish` passes on what still waits, and leaves `sink` open.
 */
export function createTaughtSink(sink: SampleSink, teacher: Calculator): Pick<SampleSink, 'count' | 'add' | 'finish'> {
  const { batchAtoms } = teacher.capabilities;
  const most = batchAtoms ?? defaultBatchAtoms;
  let waiting: Sample[] = [];
  let atoms = 0;

  async function finish(): Promise<void> {
    const structures = waiting.map(({ structure }) => structure);
    let index = 0;
    for await (const outcome of calculateEach(teacher, structures, most)) {
      const sample = waiting[index++];
      if (outcome.status === 'rejected' && !isAboutOneStructure(outcome.reason)) throw outcome.reason;
      await sink.add(outcome.status === 'rejected' ? sample : { ...sample, atomEnergies: outcome.value.energies });
    }
    [waiting, atoms] = [[], 0];
  }

  return {
    get count() {
      return sink.count + waiting.length;
    },
    async add(sample) {
      waiting.push(sample);
      atoms += sample.structure.numbers.length;
      if (atoms >= most) await finish();
    },
    finish,
  };
}
