import { expect, test } from 'vitest';
import { stageConfig } from '../../../lib/stages.ts';
import { synthesise } from '../synthesis.ts';

const stage = synthesise(stageConfig('dev-x', { environments: 'blue,green' }));
const WORKFLOW = 'traffic/Shifting/Workflow';
const ROLE = `${WORKFLOW}/EventsRole`;

test('what did not come to its end is repaired, by its name', () => {
  expect(stage.at('traffic/Shifting/EndedHalfWay').properties).toMatchObject({
    State: 'ENABLED',
    EventPattern: {
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [WORKFLOW], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    },
    Targets: [
      {
        Arn: WORKFLOW,
        RoleArn: ROLE,
        InputTransformer: {
          InputPathsMap: { 'detail-executionArn': '$.detail.executionArn' },
          InputTemplate: '{"action":"repair","failed":<detail-executionArn>}',
        },
      },
    ],
  });
});

test('a deployment of this stack turns the door to what the table says, not to what the template says', () => {
  expect(stage.at('traffic/Shifting/Deployed').properties).toMatchObject({
    State: 'ENABLED',
    EventPattern: {
      source: ['aws.cloudformation'],
      'detail-type': ['CloudFormation Stack Status Change'],
      detail: {
        'stack-id': ['stack'],
        'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'] },
      },
    },
    Targets: [{ Arn: WORKFLOW, RoleArn: ROLE, Input: '{"action":"repair"}' }],
  });
});

test('nothing else starts it by itself', () => {
  const rules = stage
    .all('AWS::Events::Rule')
    .filter(({ properties }) => JSON.stringify(properties).includes(WORKFLOW));
  expect(rules.map(({ path }) => path).sort()).toEqual([
    'traffic/Shifting/Deployed',
    'traffic/Shifting/EndedHalfWay',
  ]);
});

test('the workflow does not wait for the right to look at its executions, which names it', () => {
  expect(stage.at(WORKFLOW).dependsOn).toEqual([`${WORKFLOW}/Role/DefaultPolicy`, `${WORKFLOW}/Role`]);
});

test('tools find it by an output', () => {
  expect(stage.outputs['traffic/ShiftingArn']).toBe(WORKFLOW);
});
