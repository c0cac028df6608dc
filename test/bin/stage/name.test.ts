import fc from 'fast-check';
import { expect, test } from 'vitest';
import { devStage, stageOfBranch, stageOfPerson } from '../../../bin/stage/name.ts';
import { stageConfig } from '../../../lib/stages.ts';

const NOBODY = { gitName: undefined, gitEmail: undefined, user: undefined };

test.each([
  [{ gitName: 'Alice' }, 'dev-alice'],
  [{ gitName: 'Zoë O’Hara' }, 'dev-zoe-o-hara'],
  [{ gitName: 'Maximilian Mustermann-Müller' }, 'dev-maximilian-musterman'],
  [{ gitName: 'Bartholomew Longname Xy' }, 'dev-bartholomew-longname'],
  [{ gitName: '花子', gitEmail: 'hanako.y@example.com', user: 'root' }, 'dev-hanako-y'],
  [{ gitName: '', user: 'bob_1' }, 'dev-bob-1'],
])('of %o it is %s', (person, name) => {
  expect(stageOfPerson({ ...NOBODY, ...person })).toBe(name);
});

test('of nobody there is none', () => {
  expect(() => stageOfPerson(NOBODY)).toThrow('Name it: --name dev-alice');
});

test('whoever’s name begins like branches’ stages has another one', () => {
  expect(stageOfPerson({ ...NOBODY, gitName: 'Ci Zhang' })).toBe('dev-cizhang');
});

const REPOSITORY = 'example/remote-vehicle-services';
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ minLength: 15, maxLength: 60 }),
  // What is almost a name of the other kind.
  fc.string({ unit: fc.constantFrom(...'ci- /dev0') }).map((end) => `ci-${end}`),
);

test('whatever people and branches are called, their stages have names that stages may have', () => {
  fc.assert(
    fc.property(text, (name) => {
      const stage = stageOfPerson({ ...NOBODY, gitName: name, user: 'fallback' });
      expect(stageConfig(stage).name).toBe(stage);
      expect(stageConfig(stageOfBranch(REPOSITORY, name)).name).toBe(stageOfBranch(REPOSITORY, name));
    }),
  );
});

test('no branch’s stage is a person’s: CI takes none of theirs down', () => {
  fc.assert(
    fc.property(text, text, text, (branch, one, other) => {
      const ofBranch = stageOfBranch(REPOSITORY, branch);
      // Also somebody who is called like the branch, or like its stage.
      for (const name of [one, branch, ofBranch, ofBranch.replace('dev-', '')]) {
        const person = { gitName: name, gitEmail: `${other}@example.com`, user: 'fallback' };
        const ofPerson = stageOfPerson(person);
        expect(ofPerson).not.toBe(ofBranch);
        // By more than a hash.
        expect(ofPerson).not.toMatch(/^dev-ci-/);
      }
      expect(ofBranch).toMatch(/^dev-ci-/);
    }),
  );
});

test.each([
  ['main', /^dev-ci-main-[0-9a-f]{6}$/],
  ['feature/horn', /^dev-ci-feature-ho-[0-9a-f]{6}$/],
  ['features/a-very-long-name', /^dev-ci-features-a-[0-9a-f]{6}$/],
  ['feature12/x', /^dev-ci-feature12-[0-9a-f]{6}$/],
  ['日本', /^dev-ci-[0-9a-f]{6}$/],
])('of the branch %s it is %s', (branch, name) => {
  expect(stageOfBranch(REPOSITORY, branch)).toMatch(name);
});

test('branches that look alike have different stages, and those of other repositories too', () => {
  const branches = ['feature/horn', 'feature_horn', 'feature-horn', 'Feature-Horn', 'feature--horn'];
  const stages = ['example/one', 'example/two'].flatMap((repository) =>
    branches.map((branch) => stageOfBranch(repository, branch)),
  );
  expect(new Set(stages).size).toBe(stages.length);
});

test.each(['prod', 'int', 'test', 'account'])('%s is none that comes and goes', async (name) => {
  await expect(devStage(name)).rejects.toThrow(`'${name}' is no developer's stage`);
});

test('a name that stages cannot have is refused in one line', async () => {
  await expect(devStage('dev-Alice')).rejects.toThrow(/^There is no stage 'dev-Alice'.*$/);
});
