import { expect, onTestFinished } from 'vitest';
import { type IdentityProvider, startIdentityProvider } from '../../../local/identity/provider.ts';
import { serve } from '../beside.ts';

/** An identity provider that is served until the test ends, in which nothing may go wrong. */
export async function startIdentity(): Promise<{ origin: string; identity: IdentityProvider }> {
  const errors: Error[] = [];
  onTestFinished(() => expect(errors).toEqual([]));
  let identity: IdentityProvider | undefined;
  const origin = await serve(async (at) => {
    identity = await startIdentityProvider(at, (error) => errors.push(error));
    return identity.handler;
  });
  if (identity === undefined) throw new Error('It has not started');
  return { origin, identity };
}
