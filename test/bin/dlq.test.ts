import { DeleteMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, type TestContext, test, vi } from 'vitest';
import * as z from 'zod';
import { withLetters } from '../../bin/dead-letters/letters.ts';
import { deadLetterQueues, queuesNamed } from '../../bin/dead-letters/queues.ts';
import { redrive } from '../../bin/dead-letters/redrive.ts';
import { openStage } from '../../bin/stage-access.ts';
import { startDeadLetterStage } from './dead-letter-stage.ts';
import { run } from './run.ts';

/** A process takes half a second, on a busy machine several; each look into a queue takes one. */
const TIMEOUT = { timeout: 30_000 };
const EMPTY = { visible: 0, inFlight: 0, delayed: 0 };

/** A stage with one consumed queue of a topic, and one more. */
async function start(context: TestContext) {
  const stage = await startDeadLetterStage(context);
  const incoming = stage.create('incoming', { queue: 'Incoming', environment: 'shared' });
  const incomingDead = stage.create('incoming-dead', {
    queue: 'Incoming',
    environment: 'shared',
    'dead-letters': 'received',
  });
  const name = { queue: 'EventProcessing/PersistenceQueue' };
  const persistence = stage.create('persistence', name);
  const persistenceDead = stage.create('persistence-dead', { ...name, 'dead-letters': 'received' });
  const undelivered = stage.create('undelivered', { ...name, 'dead-letters': 'undelivered' });
  const dlq = (...args: string[]) => run('dlq.ts', [...args, '--target', stage.target]);
  const open = async () => {
    const access = await openStage({ target: stage.target });
    const sqs = new SQSClient(access.client('SQS'));
    context.onTestFinished(() => sqs.destroy());
    return { sqs, queues: await deadLetterQueues(access, sqs, undefined) };
  };
  return { ...stage, incoming, incomingDead, persistence, persistenceDead, undelivered, dlq, open };
}

describe.concurrent('a list', TIMEOUT, () => {
  test('says of each queue how many letters it has, how old they are, and why they are there', async (context) => {
    const { incomingDead, persistenceDead, dlq } = await start(context);
    incomingDead.send('a', { reason: 'payload: not JSON' });
    incomingDead.send('b', { reason: 'payload: not JSON' });
    incomingDead.send('c');
    persistenceDead.send('d');
    const { exitCode, stdout, stderr } = await dlq('list');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, '|').replace(/\d+ s/, 'N s'))).toEqual([
      'QUEUE|KIND|LETTERS|OLDEST|REASONS',
      'blue/EventProcessing/PersistenceQueue|received|1|N s|1 without reason',
      'blue/EventProcessing/PersistenceQueue|undelivered|0',
      'shared/Incoming|received|3|N s|1 without reason; 2 payload: not JSON',
      '',
      '4 dead letters.',
      '',
    ]);
    expect([incomingDead.depth(), persistenceDead.depth()]).toEqual([
      { visible: 3, inFlight: 0, delayed: 0 },
      { visible: 1, inFlight: 0, delayed: 0 },
    ]);
  });

  test('is readable for programs too', async (context) => {
    const { undelivered, dlq } = await start(context);
    undelivered.send('a');
    const { stdout } = await dlq('list', '--json');
    expect(JSON.parse(stdout)).toContainEqual({
      queue: 'blue/EventProcessing/PersistenceQueue',
      kind: 'undelivered',
      letters: 1,
      oldest: expect.stringMatching(/^\d{4}-.*Z$/),
      reasons: {},
      withoutReason: 1,
    });
  });
});

describe.concurrent('letters are shown', TIMEOUT, () => {
  test('with all that tells where they come from, and stay where they are', async (context) => {
    const { incomingDead, dlq } = await start(context);
    const id = incomingDead.send('{"topic":"vehicles/WBA11AA0N00000001/answers"}', { reason: 'bad payload' });
    incomingDead.send('rubbish {');
    const { exitCode, stdout } = await dlq('show', 'incoming');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${id}\n  sent 2`);
    expect(stdout).toMatch(
      /received 1 times, bad payload\n {2}\{\n {4}"topic": "vehicles\/WBA11AA0N00000001/,
    );
    expect(stdout).toMatch(/without reason\n {2}rubbish \{\n/);
    expect(incomingDead.depth()).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
  });

  test('of both kinds, up to a limit', async (context) => {
    const { persistenceDead, undelivered, dlq } = await start(context);
    for (const body of ['a', 'b']) persistenceDead.send(body, { status: 'FAILED' });
    for (const body of ['c', 'd']) undelivered.send(body);
    const { stdout } = await dlq('show', 'PersistenceQueue', '--limit', '3', '--json');
    const shown = z
      .array(z.looseObject({ kind: z.string(), body: z.string(), attributes: z.json() }))
      .parse(JSON.parse(stdout));
    expect(shown.map(({ kind }) => kind)).toEqual(['received', 'received', 'undelivered']);
    expect(shown[0]).toMatchObject({ attributes: { status: 'FAILED' }, reason: null });
  });

  test('each once, oldest first, however many there are', async (context) => {
    const { persistenceDead, open } = await start(context);
    const bodies = Array.from({ length: 25 }, (_, index) => String(index).padStart(2, '0'));
    for (const body of bodies) persistenceDead.send(body);
    const { sqs, queues } = await open();
    const [queue] = queuesNamed(queues, 'persistencequeue');
    const read = await withLetters(sqs, queue?.url ?? '', 100, (letters) => {
      expect(persistenceDead.depth()).toEqual({ visible: 0, inFlight: 25, delayed: 0 });
      return letters.map(({ body }) => body);
    });
    expect(read.toSorted()).toEqual(bodies);
    expect(persistenceDead.depth()).toEqual({ visible: 25, inFlight: 0, delayed: 0 });
  });

  test('and are put back when the look at them failed', async (context) => {
    const { incomingDead, open } = await start(context);
    incomingDead.send('a');
    const { sqs, queues } = await open();
    const [queue] = queuesNamed(queues, 'Incoming');
    const failing = withLetters(sqs, queue?.url ?? '', 10, () => Promise.reject(new Error('ended')));
    await expect(failing).rejects.toThrow('ended');
    expect(incomingDead.depth()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });
});

describe.concurrent('letters go back', TIMEOUT, () => {
  test('to the queue that they belong in, with their attributes; malformed ones stay', async (context) => {
    const { incoming, incomingDead, persistence, persistenceDead, undelivered, dlq } = await start(context);
    incomingDead.send('malformed', { reason: 'payload: not JSON', messageId: '1' });
    incomingDead.send('failed');
    persistenceDead.send('received', { status: 'RUNNING', final: 'false' });
    undelivered.send('undelivered', { status: 'EXECUTED' });

    const { exitCode, stdout, stderr } = await dlq('redrive', '--all', '--yes');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        'blue/EventProcessing/PersistenceQueue: 1 received go back',
        'blue/EventProcessing/PersistenceQueue: 1 undelivered go back',
        'shared/Incoming: 1 stay, no retry makes them right; --force sends them too',
        'shared/Incoming: 1 received go back',
        '3 redriven.',
        '',
      ].join('\n'),
    );
    expect(persistence.messages()).toEqual([
      { body: 'received', attributes: { status: 'RUNNING', final: 'false' } },
      { body: 'undelivered', attributes: { status: 'EXECUTED' } },
    ]);
    expect(incoming.bodies()).toEqual(['failed']);
    expect(incomingDead.bodies()).toEqual(['malformed']);
    expect([persistenceDead.depth(), undelivered.depth()]).toEqual([EMPTY, EMPTY]);
    expect(incomingDead.depth()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  test('even malformed ones, if they must, and then without what was added to them', async (context) => {
    const { incoming, incomingDead, dlq } = await start(context);
    incomingDead.send('a', { reason: 'payload: not JSON', messageId: '1', source: 'rule' });
    incomingDead.send('b', { reason: 'UNKNOWN_COMMAND' });
    const args = ['redrive', 'Incoming', '--reason', 'not json', '--force', '--yes'];
    expect((await dlq(...args)).stdout).toContain('1 redriven.');
    expect(incoming.messages()).toEqual([{ body: 'a', attributes: { source: 'rule' } }]);
    expect(incomingDead.bodies()).toEqual(['b']);
  });

  test('one of them, by its id', async (context) => {
    const { persistence, persistenceDead, dlq } = await start(context);
    const [, second] = ['a', 'b', 'c'].map((body) => persistenceDead.send(body));
    const { stdout } = await dlq('redrive', 'PersistenceQueue', '--id', second ?? '', '--yes');
    expect(stdout).toContain('1 redriven.');
    expect([persistence.bodies(), persistenceDead.bodies()]).toEqual([['b'], ['a', 'c']]);
  });

  test('not before someone has said so', async (context) => {
    const { persistence, persistenceDead, dlq } = await start(context);
    persistenceDead.send('a');
    expect(await dlq('redrive', 'PersistenceQueue', '--dry-run')).toMatchObject({
      exitCode: 0,
      stdout: 'blue/EventProcessing/PersistenceQueue: 1 received go back\n',
    });
    expect(await dlq('redrive', 'PersistenceQueue')).toMatchObject({
      exitCode: 1,
      stderr: 'There is no terminal to ask at. Say --yes or --dry-run\n',
    });
    expect([persistence.depth(), persistenceDead.bodies()]).toEqual([EMPTY, ['a']]);
  });

  test('without loss if it ends in between: a letter leaves only when it has arrived', async (context) => {
    const { persistence, persistenceDead, open } = await start(context);
    for (let number = 0; number < 15; number += 1) persistenceDead.send(`letter ${number}`);
    const before = persistenceDead.bodies();
    const { sqs, queues } = await open();
    const queue = queuesNamed(queues, 'PersistenceQueue').find(({ kind }) => kind === 'received');
    if (queue === undefined) expect.unreachable();
    const send = sqs.send.bind(sqs);
    // The third deletion does not come to pass.
    let deletions = 0;
    const failing = vi.spyOn(sqs, 'send').mockImplementation((command: Parameters<typeof send>[0]) => {
      if (command instanceof DeleteMessageCommand) deletions += 1;
      if (deletions === 3 && command instanceof DeleteMessageCommand)
        return Promise.reject(new Error('killed'));
      return send(command);
    });
    await expect(redrive(sqs, queue, { force: false }, () => undefined)).rejects.toThrow('killed');
    failing.mockRestore();
    expect([...new Set([...persistence.bodies(), ...persistenceDead.bodies()])].sort()).toEqual(before);
    expect(persistenceDead.depth().visible).toBeGreaterThan(0);

    expect(await redrive(sqs, queue, { force: false }, () => undefined)).toBeGreaterThan(0);
    expect(persistenceDead.depth()).toEqual(EMPTY);
    expect([...new Set(persistence.bodies())]).toEqual(before);
  });

  test('once: what fails again and comes back waits for the next time', async (context) => {
    const { persistence, persistenceDead, open } = await start(context);
    for (const body of ['a', 'b']) persistenceDead.send(body);
    const { sqs, queues } = await open();
    const queue = queuesNamed(queues, 'PersistenceQueue').find(({ kind }) => kind === 'received');
    if (queue === undefined) expect.unreachable();
    // It comes back at once.
    const comesBack = { ...queue, sourceUrl: queue.url };
    expect(await redrive(sqs, comesBack, { force: false }, () => undefined)).toBe(2);
    expect([persistenceDead.bodies(), persistence.depth()]).toEqual([['a', 'b'], EMPTY]);
  });
});

describe.concurrent('one line says what is wrong', TIMEOUT, () => {
  test('with the name of a queue', async (context) => {
    const { tags, create, open } = await start(context);
    const { queues } = await open();
    expect(() => queuesNamed(queues, 'Nothing')).toThrow(
      "There is no queue 'Nothing'. There are blue/EventProcessing/PersistenceQueue, shared/Incoming",
    );
    create('green', { environment: 'green', queue: 'EventProcessing/PersistenceQueue' });
    create('green-dead', {
      environment: 'green',
      queue: 'EventProcessing/PersistenceQueue',
      'dead-letters': 'received',
    });
    // AWS still finds what was deleted a while ago.
    tags.put('arn:aws:sqs:eu-central-1:000000000000:deleted', [
      { Key: 'environment', Value: 'blue' },
      { Key: 'queue', Value: 'Gone' },
      { Key: 'dead-letters', Value: 'received' },
    ]);
    const { queues: more } = await open();
    expect(() => queuesNamed(more, 'PersistenceQueue')).toThrow(
      "'PersistenceQueue' may be blue/EventProcessing/PersistenceQueue or green/EventProcessing/PersistenceQueue",
    );
    expect(queuesNamed(more, 'green/EventProcessing/PersistenceQueue')).toHaveLength(1);
    expect(more.map(({ name }) => name)).not.toContain('blue/Gone');
  });

  test('with the stage, or with what was asked', async (context) => {
    expect(await run('dlq.ts', ['list', '--target', 'http://127.0.0.1:1'])).toMatchObject({
      exitCode: 1,
      stderr: 'Nothing answers at http://127.0.0.1:1. Start a stage there: npm start\n',
    });
    const { dlq } = await start(context);
    expect((await dlq('redrive', '--yes')).stderr).toBe('Name one queue, or say --all\n');
  });
});
