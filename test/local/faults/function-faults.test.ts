import { expect, it, vi } from 'vitest';
import type { FaultSetInput } from '../../../local/faults/fault.ts';
import { Faults } from '../../../local/faults/faults.ts';
import { startFunction } from '../lambda/start.ts';

/** Says when it begins, works for as long as the event says, and says what it has done. */
const WORKER = `
  import { setTimeout } from 'node:timers/promises';
  let invocations = 0;
  export const handler = async ({ ms = 0 }) => {
    invocations += 1;
    console.log('began');
    await setTimeout(ms);
    console.log('did');
    return invocations;
  };
`;

// Each test starts two execution environments, which a busy machine does in seconds.
vi.setConfig({ testTimeout: 30_000 });

/** Longer than the test may take. */
const AN_HOUR_MS = 3_600_000;

function start(faultSet: FaultSetInput) {
  const faults = new Faults();
  faults.set(faultSet);
  const lambda = startFunction(WORKER, { name: 'Worker' }, faults);
  const work = () => lambda.lines.filter((line) => /^(began|did)$/.test(line));
  return { faults, lambda, work };
}

it('a function dies before its handler runs', async () => {
  const { faults, lambda, work } = start({
    faults: [{ fault: 'function-crashes', when: 'before', function: 'Work' }],
  });
  expect(await lambda.invoke({})).toMatchObject({
    ok: false,
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringMatching(/signal: killed/),
  });
  expect(work()).toEqual([]);
  faults.clear();
  expect(await lambda.invoke({})).toEqual({ ok: true, payload: 1 });
});

it('a function dies after its work: its answer is lost, and its execution environment', async () => {
  const { faults, lambda, work } = start({ faults: [{ fault: 'function-crashes', when: 'after' }] });
  expect(await lambda.invoke({})).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' });
  expect(work()).toEqual(['began', 'did']);
  faults.clear();
  // A new environment counts from 1 again.
  expect(await lambda.invoke({})).toEqual({ ok: true, payload: 1 });
  expect(await lambda.invoke({})).toEqual({ ok: true, payload: 2 });
});

it('a function is ended in the middle of its work', async () => {
  const { faults, lambda, work } = start({ faults: [] });
  await lambda.invoke({});
  faults.set({ faults: [{ fault: 'function-times-out', afterMs: 50 }] });
  expect(await lambda.invoke({ ms: AN_HOUR_MS })).toMatchObject({
    ok: false,
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringMatching(/Task timed out after 0\.05 seconds$/),
  });
  expect(work()).toEqual(['began', 'did', 'began']);
  faults.clear();
  expect(await lambda.invoke({})).toEqual({ ok: true, payload: 1 });
});

it('a function that is not meant is left alone', async () => {
  const { lambda } = start({ faults: [{ fault: 'function-crashes', when: 'before', function: 'Other' }] });
  expect(await lambda.invoke({})).toEqual({ ok: true, payload: 1 });
});
