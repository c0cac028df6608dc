import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take from one minute to three, the longest first: begun last, one of them would run alone in the end. */
const LONGEST = [
  'at-least-once',
  'broker-outage',
  'fuzz',
  'remote-command',
  'scenarios',
  'services',
  'kill',
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
