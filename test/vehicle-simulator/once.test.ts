import { expect, test } from 'vitest';
import { once } from '../../vehicle-simulator/vehicle/once.ts';

function counted() {
  const done: string[] = [];
  return { done, does: (key: string) => async () => void done.push(key) };
}

test('a repetition does nothing', async () => {
  const { done, does } = counted();
  const doOnce = once(10);
  await Promise.all([doOnce('a', does('a')), doOnce('a', does('a')), doOnce('b', does('b'))]);
  await doOnce('a', does('a'));
  expect(done).toEqual(['a', 'b']);
});

test('what failed is done again', async () => {
  const { done, does } = counted();
  const doOnce = once(10);
  await expect(doOnce('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  await doOnce('a', does('a'));
  expect(done).toEqual(['a']);
});

test('the oldest are forgotten', async () => {
  const { done, does } = counted();
  const doOnce = once(2);
  for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) await doOnce(key, does(key));
  expect(done).toEqual(['a', 'b', 'c', 'a']);
});
