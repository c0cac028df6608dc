import { expect, it } from 'vitest';
import type { StageConfig } from '../../lib/stages.ts';
import { status } from './app.ts';
import { startTestStage } from './stage.ts';

/** Refilled once in 100 s: what passes is the burst. */
const tight = { requestsPerSecond: 0.01, burst: 5 };
const wide = { requestsPerSecond: 5000, burst: 5000 };

it.each<[string, Partial<StageConfig>]>([
  ['a client', { clients: [{ id: 'my-app', ...tight }], throttling: wide }],
  ['the stage', { clients: [{ id: 'my-app', ...wide }], throttling: tight }],
])(
  'beyond the limits of %s requests are told when to try again',
  async (_, changes) => {
    const stage = await startTestStage({}, changes);
    try {
      const answers = [];
      for (let index = 0; index < 8; index += 1) {
        answers.push(await status(stage.app, '00000000-0000-4000-8000-000000000000'));
      }
      expect(answers.map((answer) => answer.status)).toEqual([404, 404, 404, 404, 404, 429, 429, 429]);
      expect(answers.at(-1)?.body).toMatchObject({
        statusCode: 429,
        message: 'Rate limit is exceeded. Try again in 3 seconds.',
      });
      expect(answers.at(-1)?.headers.get('retry-after')).toBe('3');
    } finally {
      await stage.stop();
    }
  },
  60_000,
);
