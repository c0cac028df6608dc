import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { Progress } from '../../local/progress.ts';
import { EVENT_ID, eventOf, OTHER_EVENT_ID, reportedEvent, VIN } from '../factories.ts';

function startProgress() {
  const stream = new PassThrough();
  const progress = new Progress(stream as unknown as NodeJS.WriteStream, () => 0);
  onTestFinished(() => progress.stop());
  const lines = () => (stream.read()?.toString() ?? '').split('\n').filter((line: string) => line !== '');
  return { progress, lines };
}

test('where there is no terminal, each command that ends is a line, once', () => {
  const { progress, lines } = startProgress();
  const see = (message: unknown) => progress.see(JSON.stringify(message));
  see(eventOf('CREATED'));
  see(eventOf('FAILED', { data: { eventId: OTHER_EVENT_ID } }));
  see(eventOf('EXECUTED'));
  see(eventOf('EXECUTED'));
  see(eventOf('RUNNING'));
  progress.print('in between');
  expect(lines()).toEqual([
    expect.stringMatching(`^✗ horn-blow ${VIN} FAILED VEHICLE_REJECTED [\\d.]+ s$`),
    expect.stringMatching(`^✓ horn-blow ${VIN} EXECUTED [\\d.]+ s$`),
    'in between',
  ]);
});

test('an end that comes again is no other one, many ends later, and need not be remembered for ever', () => {
  const { progress, lines } = startProgress();
  const end = (n: number) =>
    progress.see(JSON.stringify(eventOf('EXECUTED', { data: { eventId: `${EVENT_ID}-${n}` } })));
  const ends = (from: number, to: number) => {
    for (let n = from; n < to; n += 1) end(n);
  };
  ends(0, 15_000);
  end(0);
  progress.print('in between');
  expect(lines()).toHaveLength(15_001);
  ends(15_000, 25_000);
  end(0);
  progress.stop();
  expect(lines()).toHaveLength(10_001);
});

test('what is no event of a command is passed over', () => {
  const { progress, lines } = startProgress();
  for (const message of [
    reportedEvent(),
    { data: { eventId: EVENT_ID, status: 'EXECUTED' } },
    'text',
    null,
  ]) {
    progress.see(JSON.stringify(message));
  }
  progress.stop();
  expect(lines()).toEqual([]);
});

test('lines that wait are written at the end', () => {
  const { progress, lines } = startProgress();
  progress.see(JSON.stringify(eventOf('EXECUTED')));
  progress.stop();
  expect(lines()).toHaveLength(1);
});
