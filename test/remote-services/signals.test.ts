import { describe, expect, test } from 'vitest';
import { hornBlow, lightFlash } from '../../functions/remote-services/signals.ts';

describe.each([hornBlow, lightFlash])('the request of $serviceType', ({ request }) => {
  test.each([
    [{}, true],
    [{ volume: 11 }, false],
    [[], false],
    [null, false],
    ['', false],
  ])('%j is valid: %s', (body, valid) => {
    expect(request.safeParse(body).success).toBe(valid);
  });
});
