import * as z from 'zod';
import { AppError } from '../bin/call.ts';

/** A part of a load test in which the rate of commands is steady, or changes steadily. */
const PhaseSpec = z.strictObject({
  name: z.string(),
  /** Whole: Artillery counts in seconds. */
  seconds: z.int().positive(),
  /** Commands a second, at its begin and at its end. */
  fromRate: z.int().positive(),
  toRate: z.int().positive(),
});
export type PhaseSpec = z.infer<typeof PhaseSpec>;

/** What may not be exceeded, or it is a failed load test. All errors are: there is no number for them. */
const Limits = z.strictObject({
  /** From API Gateway's first sight to the subscriber's notification. */
  endToEndP50Ms: z.number().optional(),
  endToEndP99Ms: z.number().optional(),
  /** The answer to a status poll, as the app sees it. */
  pollP99Ms: z.number().optional(),
  /**
   * How much more memory the stage may have in the last quarter of the longest phase than in its second quarter (the
   * first one warms up): a local stage keeps all it knows in memory or on disk, and neither needs to grow.
   */
  memoryGrowthPercent: z.number().optional(),
});
export type Limits = z.infer<typeof Limits>;

const Profile = z.strictObject({
  name: z.string(),
  description: z.string(),
  phases: z.array(PhaseSpec).min(1),
  /** Status polls that follow each command, from whether or not it has ended. */
  polls: z.int().min(0),
  pollIntervalMs: z.int().positive(),
  limits: Limits,
});
export type Profile = z.infer<typeof Profile>;

/** The two that the talk's load test had. */
export const SERVICES = ['horn-blow', 'light-flash'] as const;

/** An app looks after a second; a prompt command has ended then. */
const APPS_POLL_INTERVAL_MS = 1000;

/** The talk's figures: p50 below 400 ms, p99 well below a second. */
const TALK: Limits = { endToEndP50Ms: 400, endToEndP99Ms: 1000 };
/** What this project asks of two cores, load generator included. */
const AIM: Limits = { endToEndP50Ms: 100, endToEndP99Ms: 400 };

/** The phase that `--sustain` shortens or lengthens. */
const PLATEAU = 'plateau';

const PROFILES = z.array(Profile).parse([
  {
    name: 'smoke',
    description: 'Twenty seconds at 5 commands/s: does anything work at all?',
    phases: [{ name: 'steady', seconds: 20, fromRate: 5, toRate: 5 }],
    polls: 2,
    pollIntervalMs: APPS_POLL_INTERVAL_MS,
    limits: TALK,
  },
  {
    name: 'talk',
    description:
      "The talk's load test: 1 → 5 commands/s in 2 minutes, → 100 in 5, then 100/s for three hours",
    phases: [
      { name: 'warm-up', seconds: 120, fromRate: 1, toRate: 5 },
      { name: 'ramp', seconds: 300, fromRate: 5, toRate: 100 },
      // «Almost 3 hours», and «more than 1 million»: three whole ones are 1,096,110 commands.
      { name: PLATEAU, seconds: 10_800, fromRate: 100, toRate: 100 },
    ],
    polls: 0,
    pollIntervalMs: APPS_POLL_INTERVAL_MS,
    limits: { ...TALK, memoryGrowthPercent: 10 },
  },
  {
    name: 'talk-short',
    description: 'The same shape in ten minutes: 1 → 5 commands/s in 1 minute, → 100 in 2, then 100/s for 7',
    phases: [
      { name: 'warm-up', seconds: 60, fromRate: 1, toRate: 5 },
      { name: 'ramp', seconds: 120, fromRate: 5, toRate: 100 },
      { name: PLATEAU, seconds: 420, fromRate: 100, toRate: 100 },
    ],
    polls: 0,
    pollIntervalMs: APPS_POLL_INTERVAL_MS,
    limits: AIM,
  },
  {
    name: 'steady-200',
    description: 'Twice the rate of the talk, for five minutes after a minute of ramp',
    phases: [
      { name: 'ramp', seconds: 60, fromRate: 5, toRate: 200 },
      { name: PLATEAU, seconds: 300, fromRate: 200, toRate: 200 },
    ],
    polls: 0,
    pollIntervalMs: APPS_POLL_INTERVAL_MS,
    limits: TALK,
  },
  {
    name: 'spike',
    description: 'From 10 to 100 commands/s in ten seconds, half a minute there, and back',
    phases: [
      { name: 'before', seconds: 60, fromRate: 10, toRate: 10 },
      { name: 'rise', seconds: 10, fromRate: 10, toRate: 100 },
      { name: 'spike', seconds: 30, fromRate: 100, toRate: 100 },
      { name: 'fall', seconds: 10, fromRate: 100, toRate: 10 },
      { name: 'after', seconds: 60, fromRate: 10, toRate: 10 },
    ],
    polls: 0,
    pollIntervalMs: APPS_POLL_INTERVAL_MS,
    limits: TALK,
  },
  {
    name: 'polling',
    description: 'The real mix: 40 API calls for each command, 39 of them status polls; 2,000 polls/s',
    phases: [
      // Polls follow for 39 s, so their rate is reached so much later than that of commands.
      { name: 'ramp', seconds: 60, fromRate: 5, toRate: 52 },
      // 52 × 39 = 2,028 polls a second.
      { name: PLATEAU, seconds: 180, fromRate: 52, toRate: 52 },
    ],
    polls: 39,
    pollIntervalMs: APPS_POLL_INTERVAL_MS,
    limits: { ...TALK, pollP99Ms: 50 },
  },
  {
    name: 'soak',
    description: 'Four hours at 20 commands/s with two polls each: does anything grow?',
    phases: [
      { name: 'ramp', seconds: 60, fromRate: 1, toRate: 20 },
      { name: PLATEAU, seconds: 14_400, fromRate: 20, toRate: 20 },
    ],
    polls: 2,
    pollIntervalMs: APPS_POLL_INTERVAL_MS,
    limits: { ...TALK, memoryGrowthPercent: 10 },
  },
]);

export const allProfiles = (): readonly Profile[] => PROFILES;

/** @throws AppError that says which there are */
export function profileNamed(name: string): Profile {
  const profile = PROFILES.find((known) => known.name === name);
  if (profile !== undefined) return profile;
  const names = PROFILES.map((known) => known.name).join(', ');
  throw new AppError(`There is no profile '${name}'. There are ${names}`);
}

/** Changes of a profile that the command line asks for. */
export interface Changes {
  /** Minutes that the plateau lasts. */
  readonly sustain?: number | undefined;
  /** By which each rate is multiplied. */
  readonly scale?: number | undefined;
}

/**
 * @returns the changed profile, and what is different in it, for people
 * @throws AppError if the profile has no plateau
 */
export function changed(profile: Profile, { sustain, scale }: Changes): [Profile, string[]] {
  const differences: string[] = [];
  let { phases } = profile;
  if (sustain !== undefined) {
    const plateau = phases.find(({ name }) => name === PLATEAU);
    if (plateau === undefined) {
      throw new AppError(`The profile ${profile.name} has no plateau that --sustain could change`);
    }
    const seconds = Math.max(1, Math.round(sustain * 60));
    differences.push(`the plateau lasts ${seconds} s in place of ${plateau.seconds} s`);
    phases = phases.map((phase) => (phase.name === PLATEAU ? { ...phase, seconds } : phase));
  }
  if (scale !== undefined) {
    // Artillery's arrivals are whole numbers.
    const scaled = (rate: number) => Math.max(1, Math.round(rate * scale));
    differences.push(`all rates are multiplied by ${scale}`);
    phases = phases.map((phase) => ({
      ...phase,
      fromRate: scaled(phase.fromRate),
      toRate: scaled(phase.toRate),
    }));
  }
  return [{ ...profile, phases }, differences];
}

/** Commands that a profile sends. */
export const commandsOf = ({ phases }: Pick<Profile, 'phases'>): number =>
  phases.reduce(
    (sum, { seconds, fromRate, toRate }) => sum + Math.round((seconds * (fromRate + toRate)) / 2),
    0,
  );
