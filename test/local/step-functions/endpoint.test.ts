import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect, onTestFinished, test } from 'vitest';
import type { AwsCall } from '../../../local/aws.ts';
import { AwsError } from '../../../local/aws.ts';
import { forTools } from '../../../local/endpoint.ts';
import { Faults } from '../../../local/faults/faults.ts';
import { stepFunctionsApi } from '../../../local/step-functions/actions.ts';
import { startStepFunctionsEndpoint } from '../../../local/step-functions/endpoint.ts';
import { ExpressWorkflows } from '../../../local/step-functions/executions.ts';
import { StandardWorkflows } from '../../../local/step-functions/standard-workflows.ts';
import { flow, wait } from './support.ts';

const STANDARD = 'arn:aws:states:eu-central-1:000000000000:stateMachine:Standard';
const EXPRESS = 'arn:aws:states:eu-central-1:000000000000:stateMachine:Express';

const log = () => undefined;
const noCall: AwsCall = () => Promise.reject(new Error('Nothing is called'));

function workflows() {
  const definition = JSON.stringify({ QueryLanguage: 'JSONata', ...flow({ Wait: wait({ Seconds: 1e6 }) }) });
  const express = new ExpressWorkflows(noCall, log);
  express.create(EXPRESS, { name: 'Express', definition, role: 'role' });
  const standard = new StandardWorkflows(noCall, log);
  standard.create(STANDARD, { name: 'Standard', definition, role: 'role' });
  onTestFinished(() => standard.close());
  return stepFunctionsApi(express, standard);
}

test('tools start, watch and stop executions; functions do what their role allows', async () => {
  const faults = new Faults();
  const refuse: AwsCall = async ({ role, action }) => {
    throw new AwsError('AccessDeniedException', `${role} ${action}`);
  };
  const endpoint = await startStepFunctionsEndpoint(
    { awsCall: refuse, api: workflows(), faults },
    (accessKeyId) => (accessKeyId === 'function' ? 'role-of-function' : ''),
  );
  onTestFinished(() => endpoint.close());
  const client = (accessKeyId: string) =>
    new SFNClient({
      endpoint: forTools(endpoint.url),
      region: 'eu-central-1',
      credentials: { accessKeyId, secretAccessKey: 'none' },
      maxAttempts: 1,
    });
  const tool = client('tool');

  const started = await tool.send(new StartExecutionCommand({ stateMachineArn: STANDARD, input: '{"a":1}' }));
  expect(started.startDate).toBeInstanceOf(Date);
  const { executionArn } = started;
  expect(await tool.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'RUNNING',
    input: '{"a":1}',
    startDate: started.startDate,
  });
  await tool.send(new StopExecutionCommand({ executionArn, cause: 'enough' }));
  expect(await tool.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'ABORTED',
    cause: 'enough',
  });
  await expect(tool.send(new DescribeExecutionCommand({ executionArn: 'none' }))).rejects.toThrow(
    ExecutionDoesNotExist,
  );
  await expect(client('function').send(new DescribeExecutionCommand({ executionArn }))).rejects.toThrow(
    'role-of-function DescribeExecution',
  );
  faults.set({ faults: [{ fault: 'service-throttles', service: 'states' }] });
  await expect(tool.send(new DescribeExecutionCommand({ executionArn }))).rejects.toMatchObject({
    name: 'ThrottlingException',
  });
});

test.each([
  ['StartSyncExecution', STANDARD, 'StateMachineTypeNotSupported'],
  ['StartExecution', EXPRESS, 'StateMachineTypeNotSupported'],
  ['StartExecution', 'none', 'StateMachineDoesNotExist'],
  ['StartSyncExecution', 'none', 'StateMachineDoesNotExist'],
  ['ListExecutions', STANDARD, 'UnknownOperationException'],
])('%s of %s: %s', async (action, stateMachineArn, name) => {
  await expect(workflows()(action, { stateMachineArn })).rejects.toMatchObject({ name });
});
