import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FaultSetInput, readFaults } from '../../../local/faults/fault.ts';
import { Faults, matches } from '../../../local/faults/faults.ts';

const always = () => true;

describe('the active faults', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('strike by their kind and what they apply to, and count it', () => {
    const faults = new Faults();
    expect(faults.any).toBe(false);
    faults.set({
      faults: [
        { fault: 'queue-delays', queue: 'Other', ms: 1 },
        { fault: 'queue-delays', queue: 'Persistence', ms: 2 },
        { fault: 'broker-down' },
      ],
    });
    expect(faults.any).toBe(true);
    const mine = { queue: 'PersistenceQueue' };
    const struck = faults.strike(['queue-delays'], ({ queue }) => matches(queue, mine.queue));
    expect(struck).toMatchObject({ ms: 2 });
    expect(faults.strike(['broker-slow'], always)).toBeUndefined();
    expect(faults.list().faults.map(({ hits }) => hits)).toEqual([0, 1, 0]);
  });

  it('strike as often as is probable, in the same order with the same seed', () => {
    const faults = new Faults();
    const run = (seed: number): boolean[] => {
      faults.set({ seed, faults: [{ fault: 'broker-down', probability: 0.3 }] });
      return Array.from({ length: 1000 }, () => faults.strike(['broker-down'], always) !== undefined);
    };
    const first = run(1);
    // 1000 × 0.3, with a standard deviation of 14.5.
    expect(Math.abs(first.filter(Boolean).length - 300)).toBeLessThan(60);
    expect(run(1)).toEqual(first);
    expect(run(2)).not.toEqual(first);
  });

  it('say with which seed a run can be repeated, if none was given', () => {
    const faults = new Faults();
    faults.set({ faults: [{ fault: 'broker-down', probability: 0.5 }] });
    const strikes = () => Array.from({ length: 50 }, () => faults.strike(['broker-down'], always)?.fault);
    const first = strikes();
    const { seed } = faults.list();
    faults.set({ seed, faults: [{ fault: 'broker-down', probability: 0.5 }] });
    expect(strikes()).toEqual(first);
  });

  it('end by themselves, and tell so', () => {
    const faults = new Faults();
    const told = vi.fn();
    faults.set({ faults: [{ fault: 'broker-down', seconds: 10 }, { fault: 'queue-duplicates' }] });
    faults.onChange(told);
    vi.advanceTimersByTime(9_999);
    expect(faults.list().faults).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(faults.list().faults).toMatchObject([{ fault: 'queue-duplicates' }]);
    expect(told).toHaveBeenCalledOnce();
  });

  it('take the place of those before, whose time then means nothing', () => {
    const faults = new Faults();
    faults.set({ faults: [{ fault: 'broker-down', seconds: 10 }] });
    faults.set({ faults: [{ fault: 'broker-down' }] });
    vi.advanceTimersByTime(10_000);
    expect(faults.any).toBe(true);
    faults.clear();
    expect(faults.any).toBe(false);
  });
});

describe('a pattern', () => {
  it.each<[string | undefined, string, boolean]>([
    [undefined, 'anything', true],
    ['Persistence', 'blue-EventProcessingPersistence73', true],
    ['blue*Queue', 'remote-services-blue-DelayQueue5', true],
    ['Queue*blue', 'remote-services-blue-DelayQueue5', false],
    ['aa', 'a', false],
    ['.', 'any', false],
  ])('%s and %s: %s', (pattern, name, expected) => expect(matches(pattern, name)).toBe(expected));
});

describe('what is no set of faults is refused in one line', () => {
  it.each<[unknown, RegExp]>([
    [[], /^The set of faults: /],
    [{ faults: [{ fault: 'queue-delays' }] }, /^faults\[0\]\.ms: /],
    [{ faults: [{ fault: 'broker-down' }, { fault: 'nonsense' }] }, /^faults\[1\]\.fault: /],
    [{ faults: [{ fault: 'broker-down', probability: 2 }] }, /^faults\[0\]\.probability: /],
    [{ faults: [{ fault: 'broker-down', ms: 2 }] }, /^faults\[0\]: .*ms/],
    [
      { faults: [{ fault: 'service-fails', service: 'sqs', action: 'sendMessage' }] },
      /^faults\[0\]\.action: .*PutItem/,
    ],
  ])('%j', (data, message) => {
    expect(() => readFaults(data)).toThrow(message);
    expect(() => readFaults(data)).not.toThrow(/\n/);
  });

  it('and defaults are filled in', () => {
    const input: FaultSetInput = { faults: [{ fault: 'service-fails', service: 'sqs' }] };
    expect(readFaults(input).faults).toEqual([
      { fault: 'service-fails', service: 'sqs', probability: 1, effect: false },
    ]);
  });
});
