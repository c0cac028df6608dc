import { expect, it } from 'vitest';
import { withSecrets } from '../../../local/cloudformation/dynamic-references.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:door-1a2b3c';
const SECRETS = new Map([
  [ARN, 'plain'],
  ['named', '{"user":"me","age":7}'],
]);

const resolved = (text: string) =>
  withSecrets({ list: [{ value: text }, 1, null] }, (id) => {
    const value = SECRETS.get(id);
    if (value === undefined) throw new Error(`no ${id}`);
    return value;
  });

it.each([
  [`{{resolve:secretsmanager:${ARN}:SecretString:::}}`, 'plain'],
  [`{{resolve:secretsmanager:${ARN}}}`, 'plain'],
  [`Bearer {{resolve:secretsmanager:${ARN}:SecretString}}!`, 'Bearer plain!'],
  ['{{resolve:secretsmanager:named:SecretString:user::}}', 'me'],
  ['{{resolve:secretsmanager:named:SecretString:age:AWSCURRENT:}}', '7'],
  ['no reference', 'no reference'],
])('%s', (text, expected) => {
  expect(resolved(text)).toEqual({ list: [{ value: expected }, 1, null] });
});

it.each([
  ['{{resolve:ssm:/parameter:1}}', /does not know the dynamic reference .*ssm/],
  ['{{resolve:secretsmanager:named:SecretString::AWSPREVIOUS:}}', /AWSPREVIOUS/],
  ['{{resolve:secretsmanager:named:SecretString:nothing::}}', /has no key nothing/],
  ['{{resolve:secretsmanager:unknown}}', /no unknown/],
])('%s is an error', (text, message) => {
  expect(() => resolved(text)).toThrow(message);
});
