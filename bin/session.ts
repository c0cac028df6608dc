import { Refusal } from './call.ts';
import { login } from './login.ts';

/** A demo user who logs in, or a token from elsewhere. */
export interface WhoActs {
  readonly user: string;
  readonly token?: string;
  /** How the user logs in; by default, at the identity provider of a local stage. */
  readonly logIn?: (user: string) => Promise<string>;
}

/** A demo user of a deployed stage logs in there, unless there is a token. */
export async function whoActs(
  stage: string | undefined,
  { user, token }: { readonly user: string; readonly token: string | undefined },
): Promise<WhoActs> {
  if (token !== undefined && token !== '') return { user, token };
  if (stage === undefined) return { user };
  // Only here: AWS's clients take as long to load as all the rest.
  const { demoUsersOf } = await import('./sign-in.ts');
  return { user, logIn: (await demoUsersOf(stage)).logIn };
}

/** Somebody who is logged in at a stage. */
export class Session {
  #token: string;
  /** Absent if that is not possible, or was done already. */
  #renew: (() => Promise<string>) | undefined;

  private constructor(token: string, renew?: () => Promise<string>) {
    this.#token = token;
    this.#renew = renew;
  }

  static async begin(base: string, { user, token, logIn }: WhoActs): Promise<Session> {
    if (token !== undefined && token !== '') return new Session(token);
    const renew = () => (logIn === undefined ? login(base, user) : logIn(user));
    return new Session(await renew(), renew);
  }

  headers(): { authorization: string } {
    return { authorization: `Bearer ${this.#token}` };
  }

  /** Repeats a call with a fresh token, once, if the token has expired meanwhile. */
  async renewing<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401 || this.#renew === undefined) throw error;
      this.#token = await this.#renew();
      this.#renew = undefined;
      return run();
    }
  }
}
