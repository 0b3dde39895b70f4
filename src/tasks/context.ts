import type { CalculatorEvents } from '../../calculators/open-calculator.js';

/** What a task asks of whoever runs it: a command line, a page, a program of its own.  All of it may be left out. */
export interface TaskContext {
  /** Told what users should know meanwhile; settings are named by their keys in backquotes. */
  readonly tell?: (text: string) => void;
  /** Asked between steps: once true, the task saves its state and ends. */
  readonly shouldStop?: () => Promise<boolean> | boolean;
  /** Told when the calculator `ipi` waits for its engine, and when that is there. */
  readonly engine?: Pick<CalculatorEvents, 'onListening' | 'onConnected'>;
}

/** The long part of a task begins, or goes on after `done` of `total` steps. */
export interface TaskBegins {
  readonly kind: 'begin';
  readonly total: number;
  readonly done: number;
  /** False for a task that has nothing to save and does not ask `shouldStop`: whoever wants it to end may end it. */
  readonly canStop?: false;
}

/** What calculators of a task tell. */
export function calculatorEvents({ tell, engine }: TaskContext): CalculatorEvents {
  return { onNotice: tell, ...engine };
}
