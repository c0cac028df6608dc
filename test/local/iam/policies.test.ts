import { describe, expect, test } from 'vitest';
import { AwsError, type Json } from '../../../local/aws.ts';
import { Policies } from '../../../local/iam/policies.ts';

const ROLE = 'arn:aws:iam::111122223333:role/blue-SendRole';
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:Events';

const allow = (Action: Json, Resource: Json, others: Record<string, Json> = {}): Json => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...others,
});

/** A role that may do what these statements say. */
function roleWith(...statements: Json[]): Policies {
  const policies = new Policies();
  policies.attach('blue-SendRole', { Version: '2012-10-17', Statement: statements });
  return policies;
}

/** @returns what is wrong, or undefined if it is allowed */
function refusal(policies: Policies, action: string, resource: string, role = ROLE): unknown {
  try {
    policies.check(role, action, resource);
    return undefined;
  } catch (error) {
    return error;
  }
}
const allows = (statement: Json, action: string, resource: string): boolean =>
  refusal(roleWith(statement), action, resource) === undefined;

describe('a role may', () => {
  test.each<[string, Json, string, string]>([
    ['one action on one resource', allow('sns:Publish', TOPIC), 'sns:Publish', TOPIC],
    ['each of several actions', allow(['sns:Subscribe', 'sns:Publish'], TOPIC), 'sns:Publish', TOPIC],
    ['on each of several resources', allow('sns:Publish', ['arn:x', TOPIC]), 'sns:Publish', TOPIC],
    ['on any resource', allow('sns:Publish', '*'), 'sns:Publish', TOPIC],
    ['any action of a service', allow('sns:*', TOPIC), 'sns:Publish', TOPIC],
    ['any action', allow('*', TOPIC), 'sns:Publish', TOPIC],
    ['actions that begin so', allow('dynamodb:Get*', '*'), 'dynamodb:GetItem', 'arn:table'],
    [
      'on resources that begin so',
      allow('sqs:SendMessage', 'arn:aws:sqs:*'),
      'sqs:SendMessage',
      'arn:aws:sqs:q',
    ],
    [
      'on resources with this in the middle',
      allow('s3:GetObject', 'arn:*:b/*/x'),
      's3:GetObject',
      'arn:aws:b/a/b/x',
    ],
    ['with ? for one character', allow('sqs:SendMessage', 'arn:queue-?'), 'sqs:SendMessage', 'arn:queue-1'],
    ['with a name for the statement', allow('sns:Publish', TOPIC, { Sid: 'Publish' }), 'sns:Publish', TOPIC],
  ])('%s', (_, statement, action, resource) => {
    expect(allows(statement, action, resource)).toBe(true);
  });

  test('what any of its statements and policies allows', () => {
    const policies = roleWith(allow('sns:Publish', TOPIC), allow('sqs:SendMessage', 'arn:q1'));
    policies.attach('blue-SendRole', { Statement: allow('sqs:SendMessage', 'arn:q2') });
    for (const resource of ['arn:q1', 'arn:q2']) {
      expect(refusal(policies, 'sqs:SendMessage', resource)).toBeUndefined();
    }
    expect(refusal(policies, 'sns:Publish', TOPIC)).toBeUndefined();
  });
});

describe('a role may not', () => {
  test.each<[string, Json, string, string]>([
    ['another action', allow('sns:Subscribe', TOPIC), 'sns:Publish', TOPIC],
    [
      'an action of which another one is the beginning',
      allow('sns:Publish', TOPIC),
      'sns:PublishBatch',
      TOPIC,
    ],
    ['an action of which another one is the end', allow('Publish', TOPIC), 'sns:Publish', TOPIC],
    ['the same action of another service', allow('sqs:*', '*'), 'sns:Publish', TOPIC],
    ['on another resource', allow('sns:Publish', TOPIC), 'sns:Publish', `${TOPIC}2`],
    ['on a part of the resource', allow('sns:Publish', TOPIC), 'sns:Publish', TOPIC.slice(1)],
    ['on a resource with a character for a dot', allow('sns:Publish', 'arn:a.b'), 'sns:Publish', 'arn:aXb'],
    [
      'on a resource with two characters for ?',
      allow('sqs:SendMessage', 'arn:q?'),
      'sqs:SendMessage',
      'arn:q12',
    ],
    ['on what stands in brackets', allow('sns:Publish', 'arn:[ab](c)|d+^$\\'), 'sns:Publish', 'arn:a'],
    [
      'an action of one statement on the resource of another',
      allow('sns:Publish', 'arn:x'),
      'sns:Publish',
      TOPIC,
    ],
  ])('%s', (_, statement, action, resource) => {
    expect(allows(statement, action, resource)).toBe(false);
  });

  test('combine an action of one statement with the resource of another', () => {
    const policies = roleWith(allow('sns:Publish', 'arn:topic'), allow('sqs:SendMessage', 'arn:queue'));
    expect(refusal(policies, 'sns:Publish', 'arn:queue')).toBeInstanceOf(AwsError);
  });

  test('anything for a policy of another role', () => {
    const other = 'arn:aws:iam::111122223333:role/green-SendRole';
    expect(refusal(roleWith(allow('*', '*')), 'sns:Publish', TOPIC, other)).toBeInstanceOf(AwsError);
  });

  test('anything without a policy', () => {
    expect(refusal(new Policies(), 'sns:Publish', TOPIC)).toBeInstanceOf(AwsError);
    expect(refusal(new Policies(), 'sns:Publish', TOPIC, '')).toBeInstanceOf(AwsError);
    expect(refusal(roleWith(), 'sns:Publish', TOPIC)).toBeInstanceOf(AwsError);
  });

  test('and hears what is missing, as from AWS', () => {
    expect(refusal(new Policies(), 'sns:Publish', TOPIC)).toMatchObject({
      name: 'AccessDeniedException',
      statusCode: 400,
      message: `${ROLE} is not authorized to perform: sns:Publish on resource: ${TOPIC}`,
    });
  });
});

test('characters that mean something in patterns mean themselves', () => {
  const resource = 'arn:[ab](c)|d+^$\\.{2}/';
  expect(allows(allow('sns:Publish', resource), 'sns:Publish', resource)).toBe(true);
});

describe('a statement that is not understood is refused when it is attached', () => {
  test.each<[string, Json]>([
    ['Deny', { Effect: 'Deny', Action: 'sns:Publish', Resource: '*' }],
    ['NotAction', { Effect: 'Allow', NotAction: 'sns:Publish', Resource: '*' }],
    ['NotResource', { Effect: 'Allow', Action: 'sns:Publish', NotResource: 'arn:x' }],
    ['a condition', allow('sns:Publish', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } })],
    ['a principal', allow('sns:Publish', '*', { Principal: '*' })],
    ['no action', { Effect: 'Allow', Resource: '*' }],
    ['no resource', { Effect: 'Allow', Action: 'sns:Publish' }],
    ['no effect', { Action: 'sns:Publish', Resource: '*' }],
    ['a key that nobody knows', allow('sns:Publish', '*', { Ressource: 'arn:x' })],
  ])('%s', (_, statement) => {
    expect(() => roleWith(allow('sqs:SendMessage', '*'), statement)).toThrow(
      `The local stage does not understand the policy statement ${JSON.stringify(statement)}`,
    );
  });

  test('and the role gets nothing of that policy', () => {
    const policies = new Policies();
    const Statement = [allow('*', '*'), { Effect: 'Deny', Action: '*', Resource: '*' }];
    expect(() => policies.attach('blue-SendRole', { Statement })).toThrow();
    expect(refusal(policies, 'sns:Publish', TOPIC)).toBeInstanceOf(AwsError);
  });
});
