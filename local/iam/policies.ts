import { AwsError, type Json, type JsonObject } from '../aws.ts';

/** A policy may allow any name of a resource: those that are made up must not fill the memory. */
const MOST_REMEMBERED = 1000;

interface Statement {
  readonly actions: readonly RegExp[];
  readonly resources: readonly RegExp[];
}

/**
 * What roles may do: the identity policies of the templates, so that a missing grant fails here as it would
 * on AWS. Allow statements with actions and resources; anything else is refused by name. Queue and topic
 * policies are not evaluated.
 */
export class Policies {
  readonly #statements = new Map<string, Statement[]>();
  /** What has been found to be allowed: of the same few calls, thousands a second are made. */
  readonly #allowed = new Set<string>();

  /**
   * @param roleName the role's Ref, or a service (`apigateway.amazonaws.com`) that acts in no role
   * @throws Error for a statement that is not understood
   */
  attach(roleName: string, document: Json): void {
    const { Statement: statements } = document as JsonObject;
    const parsed = [statements ?? []].flat().map((statement) => parse(statement as JsonObject));
    this.#statements.set(roleName, [...(this.#statements.get(roleName) ?? []), ...parsed]);
  }

  /**
   * @param role ARN of the role, or the service
   * @throws AwsError AccessDeniedException that names what is missing
   */
  check(role: string, action: string, resource: string): void {
    const call = `${role} ${action} ${resource}`;
    if (this.#allowed.has(call)) return;
    const statements = this.#statements.get(role.split('/').at(-1) ?? '') ?? [];
    const allowed = statements.some(
      ({ actions, resources }) =>
        actions.some((pattern) => pattern.test(action)) &&
        resources.some((pattern) => pattern.test(resource)),
    );
    if (allowed) {
      if (this.#allowed.size >= MOST_REMEMBERED) this.#allowed.clear();
      this.#allowed.add(call);
      return;
    }
    throw new AwsError(
      'AccessDeniedException',
      `${role} is not authorized to perform: ${action} on resource: ${resource}`,
      400,
    );
  }
}

function parse(statement: JsonObject): Statement {
  const { Effect, Action, Resource, Sid: _, ...others } = statement;
  if (
    Effect !== 'Allow' ||
    Action === undefined ||
    Resource === undefined ||
    Object.keys(others).length > 0
  ) {
    throw new Error(`The local stage does not understand the policy statement ${JSON.stringify(statement)}`);
  }
  return { actions: patterns(Action), resources: patterns(Resource) };
}

/** What stands in a statement as an action or a resource, or as a list of them: text with the wildcards * and ?. */
export const patterns = (value: Json): RegExp[] =>
  [value].flat().map((item) => {
    const escaped = String(item).replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  });
