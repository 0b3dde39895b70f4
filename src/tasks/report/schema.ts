import { z } from 'zod';
import { outputSettings } from '../structures/structure-settings.js';

/** All settings of the task. */
export const reportTask = z.strictObject({
  ...outputSettings({ help: 'the page', otherwise: 'named after the first training; none with `json`' }).shape,
});

export type ReportTaskSettings = Readonly<Partial<z.input<typeof reportTask>>>;
