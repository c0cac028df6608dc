import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stageConfig } from '../../lib/stages.ts';

const LETTERS_AND_DIGITS = [...'abcdefghijklmnopqrstuvwxyz0123456789'];

/** The part behind `dev-`: 1 to 20 letters, digits and hyphens, with no hyphen at its ends. */
const developerName = fc
  .array(fc.constantFrom(...LETTERS_AND_DIGITS, '-'), { minLength: 1, maxLength: 20 })
  .map((characters) => characters.join(''))
  .filter((name) => !name.startsWith('-') && !name.endsWith('-'));

function refuses(name: string): void {
  expect(() => stageConfig(name), name).toThrow(/^There is no stage '/);
}

describe('the broker of a stage', () => {
  test.each([
    ['prod', 'http'],
    ['int', 'mock'],
    ['test', 'mock'],
    ['dev-x', 'mock'],
  ])('of %s it is %s', (name, broker) => {
    expect(stageConfig(name).broker).toBe(broker);
  });

  test.each(['mock', 'http', 'iot-core'])(
    'a developer’s stage may have %s, and is the same otherwise',
    (broker) => {
      expect(stageConfig('dev-x', { broker })).toEqual({ ...stageConfig('dev-x'), broker });
    },
  );

  test.each(['prod', 'int', 'test'])('%s has what the file says, and no other', (name) => {
    expect(() => stageConfig(name, { broker: 'mock' })).toThrow(
      `The broker of the stage '${name}' stands in lib/stages.ts. Only stages dev-<name> take another.`,
    );
  });

  test.each(['', 'emqx', 'MOCK', 'constructor'])('there is no broker “%s”', (broker) => {
    expect(() => stageConfig('dev-x', { broker })).toThrow(
      `There is no broker '${broker}'. Use mock, http, iot-core: cdk synth -c stage=dev-alice -c broker=http`,
    );
  });
});

describe('the names of stages', () => {
  test.each(['prod', 'int', 'test'])('%s is a stage', (name) => {
    expect(stageConfig(name).name).toBe(name);
  });

  test('dev-<name> is a stage, and its stacks get names that CloudFormation takes', () => {
    fc.assert(
      fc.property(developerName, (developer) => {
        const { name } = stageConfig(`dev-${developer}`);
        expect(name).toBe(`dev-${developer}`);
        expect(`remote-services-${name}-vehicle-simulator`).toMatch(/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/);
      }),
    );
  });

  test('a developer’s name of other characters is refused', () => {
    const character = fc.oneof(
      fc.constantFrom(...'ABYZ_./ @\n'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
    );
    const foreign = character.filter((found) => !LETTERS_AND_DIGITS.includes(found) && found !== '-');
    fc.assert(
      fc.property(developerName, foreign, fc.nat(), (developer, wrong, seed) => {
        const position = seed % (developer.length + 1);
        refuses(`dev-${developer.slice(0, position)}${wrong}${developer.slice(position)}`);
      }),
    );
  });

  test('a developer’s name that is too long, or begins or ends with a hyphen, is refused', () => {
    fc.assert(
      fc.property(developerName, fc.constantFrom(...LETTERS_AND_DIGITS), (developer, letter) => {
        refuses(`dev-${developer}${letter.repeat(21 - developer.length)}`);
        refuses(`dev--${developer}`);
        refuses(`dev-${developer}-`);
      }),
    );
    refuses('dev-');
    refuses('dev');
  });

  test('any other name is refused', () => {
    const name = fc.string().filter((text) => !/^(prod|int|test|dev-.*)$/s.test(text) && !(text in {}));
    fc.assert(fc.property(name, refuses), {
      examples: [[''], ['PROD'], [' prod'], ['prod\n'], ['dev_x'], ['dev-x\n'], ['blue']],
    });
  });

  test.each(['constructor', 'toString', '__proto__'])('%s is refused', refuses);

  test('the refusal says which name is wrong, which ones there are, and how to say one', () => {
    expect(() => stageConfig('production')).toThrow(
      "There is no stage 'production'. Use prod, int, test or dev-<name> " +
        '(lower-case letters, digits, hyphens): cdk synth -c stage=dev-alice',
    );
  });
});
