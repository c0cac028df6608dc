import type { Json, JsonObject } from '../aws.ts';

/** The current value of a secret, by its name or ARN. @throws Error if there is none */
export type SecretValue = (secretId: string) => string;

const REFERENCE = /\{\{resolve:([\w-]+):([^}]*)\}\}/g;
/** The id, which may be an ARN with colons of its own; `SecretString`, a JSON key, and a version's stage and id. */
const SECRET = /^(arn:(?:[^:]*:){5}[^:]+|[^:]+)(?::SecretString)?(?::([^:]*))?(?::([^:]*))?(?::([^:]*))?$/;

/**
 * Properties with the values of secrets where the template has `{{resolve:secretsmanager:…}}`.
 * @throws Error for a dynamic reference that is not supported
 */
export function withSecrets(value: Json, secretValue: SecretValue): Json {
  if (typeof value === 'string') {
    return value.includes('{{resolve:')
      ? value.replaceAll(REFERENCE, (text, service: string, what: string) => {
          if (service === 'secretsmanager') return ofSecret(what, secretValue);
          throw new Error(`The local stage does not know the dynamic reference ${text}`);
        })
      : value;
  }
  if (Array.isArray(value)) return value.map((item) => withSecrets(item, secretValue));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withSecrets(item, secretValue)]),
  );
}

function ofSecret(what: string, secretValue: SecretValue): string {
  const [, id = '', key = '', stage = '', version = ''] = SECRET.exec(what) ?? [];
  if (id === '' || !['', 'AWSCURRENT'].includes(stage) || version !== '') {
    throw new Error(`The local stage does not know the dynamic reference to a secret ${what}`);
  }
  const value = secretValue(id);
  if (key === '') return value;
  const found = (JSON.parse(value) as JsonObject)[key];
  if (found === undefined) throw new Error(`The secret ${id} has no key ${key}`);
  return String(found);
}
