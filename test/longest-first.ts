import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take from forty seconds to two minutes, the longest first: begun last, one of them would run alone in the end. */
const LONGEST = [
  'scenarios',
  'release',
  'faults',
  'broker-outage',
  'blue-green',
  'kill',
  'remote-command',
  'fuzz',
  'mqtt',
  'at-least-once',
  'services',
].map((name) => `/end-to-end/${name}.test.ts`);

const rank = ({ moduleId }: TestSpecification): number => {
  const index = LONGEST.findIndex((path) => moduleId.endsWith(path));
  return index === -1 ? LONGEST.length : index;
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    return others.toSorted((a, b) => rank(a) - rank(b));
  }
}
