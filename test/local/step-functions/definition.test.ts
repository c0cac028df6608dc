import { describe, expect, test } from 'vitest';
import type { Json } from '../../../local/aws.ts';
import { compileStateMachine } from '../../../local/step-functions/interpreter.ts';
import { CONTEXT, compile, type Definition, flow, map, parallel, pass, task, wait } from './support.ts';

describe('a machine is refused for', () => {
  test.each<[string, Definition, string]>([
    [
      'no QueryLanguage, which means JSONPath',
      { QueryLanguage: 'JSONPath' },
      "State 'A', field 'QueryLanguage': JSONPath",
    ],
    ['another QueryLanguage', { QueryLanguage: 'XPath' }, "State machine, field 'QueryLanguage'"],
    ['a StartAt that is no state', { StartAt: 'B' }, "State machine, field 'StartAt': there is no state 'B'"],
    [
      'a field that it does not know',
      { Timeout: 3 },
      "State machine, field 'Timeout': this field is not supported",
    ],
    ['a TimeoutSeconds of 0', { TimeoutSeconds: 0 }, "State machine, field 'TimeoutSeconds'"],
    ['no States', { States: null }, "State machine, field 'States'"],
  ])('%s', (_, fields, message) => {
    expect(() => compile({ A: pass() }, fields)).toThrow(message);
  });

  test('a placeholder that nobody substituted', () => {
    const placeholder = ['$', '{LeasesTable}'].join('');
    expect(() => compile({ A: task({ Arguments: { TableName: placeholder } }) })).toThrow(placeholder);
  });

  test('text that is no JSON', () => {
    expect(() => compileStateMachine('StartAt: A')).toThrow(SyntaxError);
  });
});

describe('a state is refused for', () => {
  const choice = (rule: Definition, fields: Definition = {}): Definition => ({
    Type: 'Choice',
    Choices: [{ Condition: true, Next: 'Other', ...rule }],
    ...fields,
  });
  const retry = (...retriers: Definition[]) => task({ Retry: retriers });
  const caught = (...catchers: Definition[]) => task({ Catch: catchers });
  const all = { ErrorEquals: ['States.ALL'] };
  const inline = { ...flow({ Inner: pass() }), ProcessorConfig: { Mode: 'INLINE' } };
  const distributed = { ...flow({ Inner: pass() }), ProcessorConfig: { Mode: 'DISTRIBUTED' } };

  test.each<[string, Definition, string]>([
    ['a type that it does not know', { Type: 'Loop', End: true }, 'Type'],
    ['JSONPath', pass({ QueryLanguage: 'JSONPath' }), 'QueryLanguage'],
    ['Parameters', task({ Parameters: {} }), 'Parameters'],
    ['InputPath', pass({ InputPath: '$' }), 'InputPath'],
    ['Result', pass({ Result: 1 }), 'Result'],
    ['ResultPath', task({ ResultPath: '$' }), 'ResultPath'],
    ['SecondsPath', wait({ SecondsPath: '$.s' }), 'SecondsPath'],
    ['Variable in a rule', choice({ Variable: '$.a' }), 'Choices/0/Variable'],
    ['HeartbeatSeconds', task({ HeartbeatSeconds: 3 }), 'HeartbeatSeconds'],
    ['Credentials', task({ Credentials: {} }), 'Credentials'],
    ['an ItemReader', map(flow({ Inner: pass() }), { ItemReader: {} }), 'ItemReader'],
    ['a ProcessorConfig of a branch', parallel([inline]), 'Branches/0/ProcessorConfig'],
    ['a distributed Map', map(distributed), 'ItemProcessor/ProcessorConfig/Mode'],
    ['Arguments of a Pass', pass({ Arguments: 1 }), 'Arguments'],
    ['Output of a Fail', { Type: 'Fail', Output: 1 }, 'Output'],
    ['Assign of a Succeed', { Type: 'Succeed', Assign: {} }, 'Assign'],
    ['no Next and no End', { Type: 'Pass' }, ''],
    ['Next and End', pass({ Next: 'Other', End: true }), ''],
    ['Next of another flow', pass({ Next: 'Elsewhere' }), 'Next'],
    ['Default of another flow', choice({}, { Default: 'Elsewhere' }), 'Default'],
    ['a rule that leads nowhere', choice({ Next: 'Elsewhere' }), 'Choices/0/Next'],
    ['a Catch that leads nowhere', caught({ ...all, Next: 'Elsewhere' }), 'Catch/0/Next'],
    ['no Choices', { Type: 'Choice', Choices: [] }, 'Choices'],
    ['a Condition that is no boolean', choice({ Condition: 'yes' }), 'Choices/0/Condition'],
    ['no Branches', parallel([]), 'Branches'],
    [
      'a StartAt of a branch that is no state',
      parallel([{ StartAt: 'X', States: { Y: pass() } }]),
      'Branches/0/StartAt',
    ],
    ['Seconds and Timestamp', wait({ Seconds: 1, Timestamp: '2026-01-01T00:00:00Z' }), 'Seconds'],
    ['no Seconds and no Timestamp', wait({}), 'Seconds'],
    ['negative Seconds', wait({ Seconds: -1 }), 'Seconds'],
    ['a Timestamp without a zone', wait({ Timestamp: '2026-01-01T00:00:00' }), 'Timestamp'],
    ['a TimeoutSeconds of 0', task({ TimeoutSeconds: 0 }), 'TimeoutSeconds'],
    ['no ErrorEquals', retry({}), 'Retry/0/ErrorEquals'],
    ['States.ALL with other names', retry({ ErrorEquals: ['States.ALL', 'E'] }), 'Retry/0/ErrorEquals'],
    ['States.ALL before the last Retrier', retry(all, { ErrorEquals: ['E'] }), 'Retry'],
    [
      'States.ALL before the last Catcher',
      caught({ ...all, Next: 'Other' }, { ErrorEquals: ['E'], Next: 'Other' }),
      'Catch',
    ],
    ['a BackoffRate below 1', retry({ ...all, BackoffRate: 0.5 }), 'Retry/0/BackoffRate'],
    ['another JitterStrategy', retry({ ...all, JitterStrategy: 'HALF' }), 'Retry/0/JitterStrategy'],
    ['assigning $states', pass({ Assign: { states: 1 } }), 'Assign/states'],
    ['a variable name with a hyphen', pass({ Assign: { 'a-b': 1 } }), 'Assign/a-b'],
    ['an expression that is no JSONata', pass({ Output: { a: ['{% 1 + %}'] } }), 'Output/a/0'],
    ['an expression without its end', pass({ Output: '{% 1 }' }), 'Output'],
    ['a space before an expression', pass({ Output: ' {% 1 %}' }), 'Output'],
    ['$eval', pass({ Output: "{% $eval('1') %}" }), 'Output'],
    ['an operator of JSONata 2.1, ??', pass({ Output: '{% [$states.input.a ?? 1] %}' }), 'Output'],
    ['an operator of JSONata 2.1, ?:', pass({ Output: '{% $states.input.a.b ?: 1 %}' }), 'Output'],
    ['$$, the input document', pass({ Output: '{% $$.vin %}' }), 'Output'],
    ['$states.result without a result', pass({ Output: '{% $states.result %}' }), 'Output'],
    ['$states.result in Arguments', task({ Arguments: '{% [$states.result.a] %}' }), 'Arguments'],
    ['$states.errorOutput outside of Catch', task({ Output: '{% $states.errorOutput %}' }), 'Output'],
    [
      '$states.result in Catch',
      caught({ ...all, Next: 'Other', Output: '{% $states.result %}' }),
      'Catch/0/Output',
    ],
  ])('%s', (_, state, field) => {
    const place = field === '' ? "State 'Bad': " : `State 'Bad', field '${field}': `;
    expect(() => compile({ Bad: state, Other: pass() })).toThrow(place);
  });

  test.each([
    'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
    'arn:aws:states:::states:startExecution.sync:2',
    'arn:aws:states:::lambda:invoke.waitForTaskToken',
    'arn:aws:states:::dynamodb:query',
    'arn:aws:states:::aws-sdk:s3:getObject',
    'arn:aws:states:::events:putEvents',
    'arn:aws:states:eu-central-1:123456789012:activity:work',
    'arn:aws:lambda:eu-central-1:123456789012:function',
    'toString',
  ])('the Resource %s', (Resource) => {
    expect(() => compile({ Bad: task({ Resource }) })).toThrow(
      `State 'Bad', field 'Resource': no request/response integration is supported for ${Resource}`,
    );
  });

  test('a name that another flow has', () => {
    expect(() => compile({ Bad: parallel([flow({ Bad: pass() })]) })).toThrow(
      "State 'Bad': another state has",
    );
  });

  test('a name of more than 80 characters', () => {
    expect(() => compile({ ['x'.repeat(81)]: pass() })).toThrow('80');
  });

  test('a Next into an inner flow or out of one', () => {
    const inner = (Next: string) => flow({ Inner: pass({ Next }) });
    expect(() => compile({ Fork: parallel([inner('After')]), After: pass() })).toThrow(
      "there is no state 'After'",
    );
    expect(() => compile({ Fork: parallel([flow({ Inner: pass() })], { Next: 'Inner' }) })).toThrow(
      "there is no state 'Inner'",
    );
  });
});

test('all that is supported is accepted, wherever the query language is set', () => {
  const jsonata = { QueryLanguage: 'JSONata', Comment: 'says why' };
  const definition = {
    Comment: 'all',
    Version: '1.0',
    TimeoutSeconds: 60,
    StartAt: 'Each',
    States: {
      Each: map(
        { ...flow({ Item: pass({ ...jsonata }) }), ProcessorConfig: { Mode: 'INLINE' }, Comment: 'inner' },
        { ...jsonata, Items: [], Next: 'Work' },
      ),
      Work: task({
        ...jsonata,
        Retry: [{ ErrorEquals: ['E'], Comment: 'why', JitterStrategy: 'NONE', MaxDelaySeconds: 9 }],
        Catch: [{ ErrorEquals: ['States.ALL'], Comment: 'why', Next: 'Each' }],
      }),
    },
  };
  expect(() => compileStateMachine(JSON.stringify(definition))).not.toThrow();
});

describe('payloads', () => {
  const limit = 256 * 1024;
  const text = (bytes: number) => 'x'.repeat(bytes - 2); // as JSON text, with its quotes
  const machine = compile({
    Only: task(),
  });
  const run = (input: Json, result: Json) => machine.execute(input, CONTEXT, async () => result);
  const tooLarge = { status: 'FAILED', error: 'States.DataLimitExceeded' };

  test('of 256 KiB are accepted', async () => {
    expect(await run(text(limit), text(limit))).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('count in bytes of UTF-8', async () => {
    expect(await run('', 'é'.repeat(limit / 2 - 1))).toMatchObject({ status: 'SUCCEEDED' });
    expect(await run('', 'é'.repeat(limit / 2))).toMatchObject(tooLarge);
  });

  test('that are larger fail the execution: its input, and a result', async () => {
    expect(await run(text(limit + 1), '')).toMatchObject(tooLarge);
    expect(await run('', text(limit + 1))).toMatchObject(tooLarge);
  });

  test('that are larger fail the execution: arguments, and its output', async () => {
    const doubled = ['{% $states.input %}', '{% $states.input %}'];
    const input = text(limit - 10);
    const args = compile({ Only: task({ Arguments: doubled }) });
    expect(await args.execute(input, CONTEXT, async () => 1)).toMatchObject(tooLarge);
    const output = compile({ Only: pass({ Output: doubled }) });
    expect(await output.execute(input, CONTEXT, async () => 1)).toMatchObject(tooLarge);
  });
});
