import { describe, expect, it, test } from 'vitest';
import { stageConfig } from '../../lib/stages.ts';
import { allProfiles, changed, commandsOf, profileNamed } from '../../loadtest/profiles.ts';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';

it("talk is the talk's load test, phase by phase, and more than a million commands", () => {
  const talk = profileNamed('talk');
  expect(talk.phases.map(({ seconds, fromRate, toRate }) => [seconds, fromRate, toRate])).toEqual([
    [120, 1, 5],
    [300, 5, 100],
    [10_800, 100, 100],
  ]);
  // 120 × 3 + 300 × 52.5 + 10,800 × 100.
  expect(commandsOf(talk)).toBe(1_096_110);
});

it('talk-short is the same shape in ten minutes', () => {
  const [talk, short] = [profileNamed('talk'), profileNamed('talk-short')];
  const rates = ({ phases }: typeof talk) => phases.map(({ fromRate, toRate }) => [fromRate, toRate]);
  expect(rates(short)).toEqual(rates(talk));
  expect(short.phases.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(600);
});

it('spike is ten times the rate within ten seconds, and back', () => {
  const { phases } = profileNamed('spike');
  expect(phases.find(({ name }) => name === 'rise')).toMatchObject({
    seconds: 10,
    fromRate: 10,
    toRate: 100,
  });
  expect(phases.at(-1)?.toRate).toBe(phases[0]?.fromRate);
});

it('polling is 40 API calls for each command, 2,000 of them polls in a second', () => {
  const { polls, pollIntervalMs, phases } = profileNamed('polling');
  expect(1 + polls).toBe(40);
  const plateau = phases.at(-1);
  expect((plateau?.toRate ?? 0) * polls).toBeGreaterThanOrEqual(2000);
  // Long enough that the polls of its first commands have come to an end.
  expect(plateau?.seconds).toBeGreaterThan((polls * pollIntervalMs) / 1000);
});

it('names are unique, and one that is wrong says which there are', () => {
  const names = allProfiles().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(() => profileNamed('tlak')).toThrow(`There is no profile 'tlak'. There are ${names.join(', ')}`);
});

describe('a profile is changed from the command line', () => {
  it('in how long its plateau lasts, and that is said', () => {
    const [profile, differences] = changed(profileNamed('talk'), { sustain: 60 });
    expect(profile.phases.map(({ seconds }) => seconds)).toEqual([120, 300, 3600]);
    expect(differences).toEqual(['the plateau lasts 3600 s in place of 10800 s']);
  });

  it('in its rates, and that is said', () => {
    const [profile, differences] = changed(profileNamed('talk'), { scale: 0.25 });
    // A whole number, and at least one.
    expect(profile.phases.map(({ fromRate, toRate }) => [fromRate, toRate])).toEqual([
      [1, 1],
      [1, 25],
      [25, 25],
    ]);
    expect(differences).toEqual(['all rates are multiplied by 0.25']);
  });

  it('not in what it does not have', () => {
    expect(() => changed(profileNamed('smoke'), { sustain: 1 })).toThrow('The profile smoke has no plateau');
  });

  it('not at all without an option', () => {
    expect(changed(profileNamed('talk'), {})).toEqual([profileNamed('talk'), []]);
  });
});

test.each(allProfiles())('$name leaves vehicles time between two commands', ({ phases }) => {
  const vehicles = demoFleet().filter(({ vin }) => behaviourOf(vin) === 'prompt');
  const fastest = Math.max(...phases.flatMap(({ fromRate, toRate }) => [fromRate, toRate]));
  // Commands that take longer than a second have failed the test anyway; twice that is room.
  expect(vehicles.length / fastest).toBeGreaterThanOrEqual(2);
});

test.each(allProfiles())('$name stays within the limits of a dev stage and its app', ({ phases, polls }) => {
  const { throttling, clients } = stageConfig('dev-loadtest');
  const fastest = Math.max(...phases.flatMap(({ fromRate, toRate }) => [fromRate, toRate]));
  const requests = fastest * (1 + polls);
  expect(requests).toBeLessThan(throttling.requestsPerSecond);
  for (const { requestsPerSecond } of clients) expect(requests).toBeLessThan(requestsPerSecond);
});
