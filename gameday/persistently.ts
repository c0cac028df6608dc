import pRetry from 'p-retry';

/**
 * Asks a stage again that does not answer: what a game day has to know must not be missed because the machine is busy.
 * @throws what the last of six attempts threw, after a minute or more
 */
export const persistently = <Result>(ask: () => Promise<Result>): Promise<Result> =>
  pRetry(ask, { retries: 5, minTimeout: 2000, factor: 2 });
