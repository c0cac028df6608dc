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

test('whatever people and branches are called, their stages have names that stages may have', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 15, maxLength: 60 }));
  fc.assert(
    fc.property(text, (name) => {
      const stage = stageOfPerson({ ...NOBODY, gitName: name, user: 'fallback' });
      expect(stageConfig(stage).name).toBe(stage);
      expect(stageConfig(stageOfBranch(name)).name).toBe(stageOfBranch(name));
    }),
  );
});

test.each([
  ['main', 'dev-main'],
  ['feature-horn', 'dev-feature-horn'],
  ['feature/horn', /^dev-feature-horn-[0-9a-f]{6}$/],
  ['feature/a-very-long-name-indeed', /^dev-feature-a-ver-[0-9a-f]{6}$/],
  ['日本', /^dev-[0-9a-f]{6}$/],
])('of the branch %s it is %s', (branch, name) => {
  expect(stageOfBranch(branch)).toMatch(name);
});

test('branches that look alike have different stages', () => {
  const alike = ['feature/horn', 'feature_horn', 'feature-horn', 'Feature-Horn', 'feature--horn'];
  expect(new Set(alike.map(stageOfBranch)).size).toBe(alike.length);
});

test.each(['prod', 'int', 'test', 'account'])('%s is none that comes and goes', async (name) => {
  await expect(devStage(name)).rejects.toThrow(`'${name}' is no developer's stage`);
});

test('a name that stages cannot have is refused in one line', async () => {
  await expect(devStage('dev-Alice')).rejects.toThrow(/^There is no stage 'dev-Alice'.*$/);
});
