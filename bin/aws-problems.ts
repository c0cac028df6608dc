import { AppError } from './call.ts';

/** Makes of what AWS refuses, and of missing credentials, a problem of one line that says what to do. */
export async function withAwsProblems<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const line = error instanceof AppError ? undefined : problem(error);
    throw line === undefined ? error : new AppError(line, { cause: error });
  }
}

function problem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'CredentialsProviderError') {
    return 'There are no AWS credentials. Log in (aws sso login), and name the profile: AWS_PROFILE=<name>';
  }
  if (/^ExpiredToken/.test(error.name))
    return 'The AWS credentials have expired. Log in again (aws sso login)';
  if (/region is missing/i.test(error.message)) {
    return 'There is no AWS region. Name one: AWS_REGION=eu-central-1';
  }
  return '$metadata' in error ? `AWS: ${error.message}` : undefined;
}
