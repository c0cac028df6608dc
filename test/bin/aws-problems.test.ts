import { expect, test } from 'vitest';
import { withAwsProblems } from '../../bin/aws-problems.ts';
import { AppError } from '../../bin/call.ts';

const failing = (error: Error) => withAwsProblems(() => Promise.reject(error));
const named = (name: string, message = '', more = {}) => Object.assign(new Error(message), { name, ...more });

test.each([
  [named('CredentialsProviderError'), /^There are no AWS credentials\. Log in/],
  [named('ExpiredTokenException', '', { $metadata: {} }), /^The AWS credentials have expired/],
  [new Error('Region is missing'), /^There is no AWS region\. Name one: AWS_REGION=/],
  [named('AccessDenied', 'not authorized', { $metadata: {} }), /^AWS: not authorized$/],
])('%s is told in one line', async (error, line) => {
  await expect(failing(error)).rejects.toThrow(line);
  await expect(failing(error)).rejects.toBeInstanceOf(AppError);
});

test('what is said already, and what is our own mistake, stays as it is', async () => {
  const said = new AppError('The region is missing on this page');
  await expect(failing(said)).rejects.toBe(said);
  const mistake = new TypeError('x is undefined');
  await expect(failing(mistake)).rejects.toBe(mistake);
});
