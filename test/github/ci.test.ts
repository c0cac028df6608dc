import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import project from '../../package.json' with { type: 'json' };

const Step = z.object({
  name: z.string().optional(),
  id: z.string().optional(),
  if: z.string().optional(),
  run: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.union([z.string(), z.boolean()])).default({}),
});
const Permissions = z.record(z.string(), z.enum(['read', 'write']));
const Job = z.object({
  if: z.string(),
  needs: z.string().optional(),
  'timeout-minutes': z.number(),
  permissions: Permissions.optional(),
  env: z.record(z.string(), z.string()).default({}),
  steps: z.array(Step),
});
const Workflow = z.object({
  on: z.object({ push: z.object({ branches: z.array(z.string()) }), delete: z.null() }),
  permissions: Permissions,
  concurrency: z.object({ group: z.string(), 'cancel-in-progress': z.boolean() }),
  jobs: z.record(z.string(), Job),
});

const FILE = new URL('../../.github/workflows/ci.yml', import.meta.url);
const workflow = Workflow.parse(parse(readFileSync(FILE, 'utf8')));
const jobs = Object.entries(workflow.jobs);
const steps = jobs.flatMap(([, job]) => job.steps);
const { test: tests, scenarios, 'branch-deleted': deleted } = workflow.jobs;

/** The scripts that steps run: `npm run -s stage -- name` → `stage`. */
const scripts = (run = '') =>
  [...run.matchAll(/npm (?:run (?:-s )?)?([a-z]+)/g)].map(([, script]) => script ?? '');
const takesRole = ({ uses = '' }: z.infer<typeof Step>) =>
  uses.startsWith('aws-actions/configure-aws-credentials@');
/** Whether a step needs an AWS role: all that is said about a stage but its name. */
const needsRole = ({ run = '' }: z.infer<typeof Step>) => /--(stage|name) "\$STAGE"/.test(run);

test('every script that a step runs is one of the project’s', () => {
  const run = steps.flatMap((step) => scripts(step.run)).filter((script) => script !== 'ci');
  expect(new Set(run)).toEqual(new Set(['test', 'stage', 'token', 'scenarios']));
  for (const script of run) expect(Object.keys(project.scripts)).toContain(script);
});

test('a branch’s stage has its repository’s name in it, in every job by the same command', () => {
  const named = jobs.filter(([, { steps: all }]) => all.some(({ run }) => run?.includes('stage -- name')));
  expect(named.map(([job]) => job)).toEqual(['scenarios', 'branch-deleted']);
  for (const [, job] of named) {
    expect(job.env.REPOSITORY).toMatch(/^\$\{\{ github\.repository \}\}$/);
    expect(job.steps.flatMap(({ run = '' }) => run.match(/stage -- name .*?(?=\))/) ?? [])).toEqual([
      'stage -- name "$REPOSITORY" "$BRANCH"',
    ]);
  }
});

test('each push runs README’s test command', () => {
  expect(workflow.on.push.branches).toEqual(['**']);
  expect(tests?.if).toBe("github.event_name == 'push'");
  expect(tests?.steps.flatMap(({ run }) => scripts(run))).toEqual(['ci', 'test']);
});

test('a branch’s stage comes up, is tried, and is taken down, also when something failed or was cancelled', () => {
  expect(scenarios?.needs).toBe('test');
  const runs = scenarios?.steps.filter(needsRole).map(({ run = '' }) => run);
  expect(runs?.map((run) => run.split('\n').at(-2) ?? run)).toEqual([
    'npm run stage -- up --name "$STAGE"',
    'npm run scenarios -- --stage "$STAGE"',
    'npm run stage -- down --name "$STAGE" --yes',
  ]);
  expect(scenarios?.steps.at(-1)?.if).toBe("always() && steps.role.outcome == 'success'");
  expect(scenarios?.steps.find(({ id }) => id === 'role')).toSatisfy(takesRole);
});

test('a branch that is deleted takes its stage along', () => {
  expect(deleted?.if).toContain("github.event_name == 'delete' && github.event.ref_type == 'branch'");
  expect(deleted?.env.BRANCH).toMatch(/^\$\{\{ github\.event\.ref \}\}$/);
  expect(deleted?.steps.at(-1)?.run).toBe('npm run stage -- down --name "$STAGE" --yes');
});

describe.each(jobs)('the job %s', (_, job) => {
  const usesAws = job.steps.some(needsRole);

  test('takes the AWS role before it needs one, and only where the repository has one', () => {
    const first = job.steps.findIndex(needsRole);
    const role = job.steps.findIndex(takesRole);
    expect(role >= 0).toBe(usesAws);
    if (!usesAws) return;
    expect(role).toBeLessThan(first);
    expect(job.if).toContain("vars.AWS_ROLE_ARN != ''");
    expect(job.steps[role]?.with).toMatchObject({
      'role-to-assume': expect.stringMatching(/^\$\{\{ vars\.AWS_ROLE_ARN \}\}$/),
    });
  });

  test('may do no more than it needs', () => {
    expect(job.permissions ?? workflow.permissions).toEqual(
      usesAws ? { contents: 'read', 'id-token': 'write' } : { contents: 'read' },
    );
    for (const { uses = '', with: inputs } of job.steps) {
      if (uses.startsWith('actions/checkout@')) expect(inputs['persist-credentials']).toBe(false);
    }
  });

  test('ends in the time for which AWS credentials are valid', () => {
    expect(job['timeout-minutes']).toBeLessThan(60);
  });
});

test('actions are pinned to commits', () => {
  const used = steps.flatMap(({ uses }) => uses ?? []);
  expect(used.length).toBeGreaterThan(0);
  for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
});

test('no script holds what somebody else can write, and no secret is shown', () => {
  for (const { run = '' } of steps) {
    expect(run).not.toContain('${{');
    // A token is masked before anything can print it.
    if (run.includes('TOKEN=')) expect(run).toMatch(/TOKEN=\$\(.*\)\necho "::add-mask::\$TOKEN"\n/);
  }
  expect(readFileSync(FILE, 'utf8')).not.toContain('secrets.');
});

test('runs of one branch follow each other, so that none takes another one’s stage down', () => {
  expect(workflow.concurrency).toEqual({
    group: expect.stringContaining(
      "{{ github.event_name == 'delete' && github.event.ref || github.ref_name }}",
    ),
    'cancel-in-progress': false,
  });
});
