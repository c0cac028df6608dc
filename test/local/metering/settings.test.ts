import { expect, test } from 'vitest';
import { readSettings } from '../../../local/metering/settings.ts';
import { functionCalled, stackOf, workflowCalled } from './stack.ts';

const read = (parts: Parameters<typeof stackOf>[1]) => readSettings([stackOf('traffic', parts)]);

test('workflows log what failed, or nothing', () => {
  expect([...read(workflowCalled('W')).logged]).toEqual([
    ['blue-W', 'blue-W'],
    ['blue-WRole', 'blue-W'],
  ]);
  expect(read(workflowCalled('W', '{}', 'OFF')).logged.size).toBe(0);
  expect(() => read(workflowCalled('W', '{}', 'ALL'))).toThrow(/does not know what W logs/);
});

test('Lambda itself logs each invocation of a function, or what failed', () => {
  const quiet = (level?: string) => [...read(functionCalled('F', level)).quiet];
  expect([quiet(), quiet('INFO'), quiet('WARN')]).toEqual([[], [], ['blue-F']]);
  expect(() => quiet('DEBUG')).toThrow(/does not know the system logs of F/);
});

test.each(['{"Type": "Map"}', { 'Fn::Join': ['', ['{"Type":"Map"}']] }])(
  'the memory of Map states is not known',
  (definition) => {
    const { W, ...role } = workflowCalled('W');
    const workflow = { Type: W?.Type ?? '', Properties: { ...W?.Properties, DefinitionString: definition } };
    expect(() => read({ W: workflow, ...role })).toThrow(/Map state/);
  },
);

test('an API has an access log, or none, and is not traced', () => {
  const stage = (properties: object) =>
    ({ Type: 'AWS::ApiGateway::Stage', Properties: { RestApiId: { Ref: 'Api' }, ...properties } }) as const;
  expect(read({ S: stage({ AccessLogSetting: { Format: 'x' } }) }).accessLogs.get('blue-Api')).toBe('x');
  expect([...read({ S: stage({}) }).accessLogs]).toEqual([['blue-Api', undefined]]);
  expect(() => read({ S: stage({ TracingEnabled: true }) })).toThrow(/traces of an API/);
});
