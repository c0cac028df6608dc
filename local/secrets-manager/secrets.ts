import { randomInt, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, type JsonObject } from '../aws.ts';
import { accountId, region } from '../messaging/account.ts';
import type { KeyValues } from '../storage/key-values.ts';

const Secret = z.object({
  arn: z.string(),
  name: z.string(),
  value: z.string(),
  versionId: z.string(),
  /** Milliseconds since the epoch. */
  changedAt: z.number(),
});
type Secret = z.infer<typeof Secret>;

/** The generator's settings as CDK writes them: a JSON object to which one generated field is added, or a text alone. */
const Generated = z.strictObject({
  GenerateSecretString: z.union([
    z.strictObject({ SecretStringTemplate: z.string(), GenerateStringKey: z.string() }),
    z.strictObject({
      // Secrets Manager's default.
      PasswordLength: z.int().positive().max(4096).default(32),
      ExcludeLowercase: z.boolean().optional(),
      ExcludeUppercase: z.boolean().optional(),
      ExcludeNumbers: z.boolean().optional(),
      ExcludePunctuation: z.boolean().optional(),
    }),
  ]),
});
const Given = z.object({ SecretString: z.string() });

/** Secrets Manager: each secret has the one version that is current. */
export class Secrets {
  /** By ARN. */
  readonly #secrets = new Map<string, Secret>();
  readonly #kept: KeyValues | undefined;

  /** @param kept has the secrets when the process ends; without, they end with it */
  constructor(kept?: KeyValues) {
    this.#kept = kept;
  }

  /** @returns the ARN of the new secret, or of the one of this name that was kept, with its value */
  create(name: string, properties: JsonObject): string {
    const known = this.#kept?.get(keyOf(name));
    if (known !== undefined) {
      const secret = Secret.parse(JSON.parse(known));
      this.#secrets.set(secret.arn, secret);
      return secret.arn;
    }
    // AWS, too, puts six random characters behind the name, so that a policy never fits a later namesake.
    const arn = `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${randomUUID().slice(0, 6)}`;
    this.#set(arn, name, firstValue(properties));
    return arn;
  }

  /** A new version, as a rotation or a person makes it. @throws Error if there is no such secret */
  put(secretArn: string, value: string): void {
    const { name } = this.#find(secretArn);
    this.#set(secretArn, name, value);
  }

  /** The ARN of a secret that may be named in either way; of one that does not exist, what it would be. */
  arnOf(secretId: string): string {
    return this.#search(secretId)?.arn ?? secretId;
  }

  /** The current value. @throws AwsError if there is no such secret */
  valueOf(secretId: string): string {
    return this.#find(secretId).value;
  }

  /** GetSecretValue. @throws AwsError if there is no such secret */
  get(secretId: string): JsonObject {
    const { arn, name, value, versionId, changedAt } = this.#find(secretId);
    return {
      ARN: arn,
      Name: name,
      VersionId: versionId,
      VersionStages: ['AWSCURRENT'],
      SecretString: value,
      // Seconds since the epoch, as in AWS's JSON protocols.
      CreatedDate: changedAt / 1000,
    };
  }

  #set(arn: string, name: string, value: string): void {
    const secret: Secret = { arn, name, value, versionId: randomUUID(), changedAt: Date.now() };
    this.#kept?.put(keyOf(name), JSON.stringify(secret));
    this.#secrets.set(arn, secret);
  }

  #search(secretId: string): Secret | undefined {
    return this.#secrets.get(secretId) ?? [...this.#secrets.values()].find(({ name }) => name === secretId);
  }

  #find(secretId: string): Secret {
    const secret = this.#search(secretId);
    if (secret !== undefined) return secret;
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }
}

const keyOf = (name: string): string => `secret/${name}`;

function firstValue({ SecretString, GenerateSecretString }: JsonObject): string {
  if (SecretString !== undefined) return Given.parse({ SecretString }).SecretString;
  const settings = Generated.parse({ GenerateSecretString }).GenerateSecretString;
  if ('PasswordLength' in settings) return password(settings);
  const fields = z.record(z.string(), z.json()).parse(JSON.parse(settings.SecretStringTemplate));
  return JSON.stringify({ ...fields, [settings.GenerateStringKey]: randomUUID() });
}

/** Random characters of the kinds that are not excluded. AWS sees to it that each kind occurs; here chance does. */
function password(settings: {
  readonly PasswordLength: number;
  readonly ExcludeLowercase?: boolean | undefined;
  readonly ExcludeUppercase?: boolean | undefined;
  readonly ExcludeNumbers?: boolean | undefined;
  readonly ExcludePunctuation?: boolean | undefined;
}): string {
  const characters = [
    settings.ExcludeLowercase === true ? '' : 'abcdefghijklmnopqrstuvwxyz',
    settings.ExcludeUppercase === true ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    settings.ExcludeNumbers === true ? '' : '0123456789',
    settings.ExcludePunctuation === true ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
  ].join('');
  return Array.from({ length: settings.PasswordLength }, () => characters[randomInt(characters.length)]).join(
    '',
  );
}
