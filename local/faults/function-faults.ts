import type { Fault } from './fault.ts';
import { type Faults, matches } from './faults.ts';

export type FunctionFault = Extract<Fault, { fault: 'function-crashes' | 'function-times-out' }>;

/** What goes wrong with an invocation that starts now. */
export const functionFault = (faults: Faults, name: string): FunctionFault | undefined =>
  faults.any
    ? faults.strike(['function-crashes', 'function-times-out'], (fault) => matches(fault.function, name))
    : undefined;
