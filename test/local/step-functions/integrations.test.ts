import { describe, expect, test, vi } from 'vitest';
import { type AwsCall, AwsError, type Json, type JsonObject } from '../../../local/aws.ts';
import { callResourceWith } from '../../../local/step-functions/integrations.ts';

const ROLE = 'arn:aws:iam::123456789012:role/workflow';
const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function:Validate';

async function call(resource: string, args: Json, answer: JsonObject = {}) {
  const awsCall = vi.fn<AwsCall>(async () => answer);
  const result = await callResourceWith(awsCall, ROLE)(resource, args, new AbortController().signal);
  return { result, request: awsCall.mock.calls[0]?.[0] };
}

const errorOf = (resource: string, error: Error) =>
  callResourceWith(() => Promise.reject(error), ROLE)(resource, {}, new AbortController().signal).catch(
    (thrown: unknown) => thrown,
  );

describe('requests', () => {
  test.each([
    ['arn:aws:states:::dynamodb:getItem', 'dynamodb', 'GetItem'],
    ['arn:aws:states:::dynamodb:putItem', 'dynamodb', 'PutItem'],
    ['arn:aws:states:::dynamodb:updateItem', 'dynamodb', 'UpdateItem'],
    ['arn:aws:states:::dynamodb:deleteItem', 'dynamodb', 'DeleteItem'],
    ['arn:aws:states:::sns:publish', 'sns', 'Publish'],
    ['arn:aws:states:::sqs:sendMessage', 'sqs', 'SendMessage'],
    ['arn:aws:states:::lambda:invoke', 'lambda', 'Invoke'],
    ['arn:aws:states:::aws-sdk:dynamodb:query', 'dynamodb', 'Query'],
    ['arn:aws:states:::aws-sdk:sns:publishBatch', 'sns', 'PublishBatch'],
    ['arn:aws-cn:states:::aws-sdk:sqs:getQueueAttributes', 'sqs', 'GetQueueAttributes'],
    ['arn:aws:states:::aws-sdk:cloudwatch:describeAlarms', 'cloudwatch', 'DescribeAlarms'],
    ['arn:aws:states:::aws-sdk:elasticloadbalancingv2:modifyRule', 'elasticloadbalancing', 'ModifyRule'],
  ])('%s', async (resource, service, action) => {
    const { request } = await call(resource, { TableName: 't' });
    expect(request).toEqual({ service, action, input: { TableName: 't' }, role: ROLE });
  });

  test.each([FUNCTION, `${FUNCTION}:live`, `${FUNCTION}:$LATEST`])('%s', async (resource) => {
    const { request } = await call(resource, [1]);
    expect(request).toEqual({
      service: 'lambda',
      action: 'Invoke',
      input: { FunctionName: resource, Payload: [1] },
      role: ROLE,
    });
  });

  test.each([
    ['arn:aws:states:::sns:publish', 'Message'],
    ['arn:aws:states:::sqs:sendMessage', 'MessageBody'],
  ])('%s sends an object as JSON text', async (resource, parameter) => {
    expect((await call(resource, { [parameter]: { a: [1] }, Other: 1 })).request?.input).toEqual({
      [parameter]: '{"a":[1]}',
      Other: 1,
    });
    expect((await call(resource, { [parameter]: 'text' })).request?.input).toEqual({ [parameter]: 'text' });
  });

  test('Step Functions’ own names are in PascalCase in a Resource, and in camelCase in its API', async () => {
    const execution = await call(
      'arn:aws:states:::aws-sdk:sfn:describeExecution',
      { ExecutionArn: 'arn' },
      { executionArn: 'arn', status: 'RUNNING', inputDetails: { included: true } },
    );
    expect(execution.request).toMatchObject({
      service: 'states',
      action: 'DescribeExecution',
      input: { executionArn: 'arn' },
    });
    expect(execution.result).toMatchObject({ ExecutionArn: 'arn', Status: 'RUNNING' });
  });

  test('message attributes pass as they are', async () => {
    const args = {
      Message: 'm',
      MessageAttributes: { status: { DataType: 'String', StringValue: 'CREATED' } },
    };
    expect((await call('arn:aws:states:::sns:publish', args)).request?.input).toEqual(args);
  });

  test.each(['text', null, [1]])('Arguments %j are no parameters', async (args) => {
    await expect(call('arn:aws:states:::sns:publish', args)).rejects.toMatchObject({
      name: 'States.Runtime',
    });
  });
});

describe('results', () => {
  test('a service answer passes as it is', async () => {
    const answer = { Attributes: { n: { N: '1' } } };
    expect((await call('arn:aws:states:::dynamodb:updateItem', {}, answer)).result).toEqual(answer);
  });

  test('lambda:invoke wraps what the function answered', async () => {
    const answer = { StatusCode: 200, Payload: { ok: true } };
    expect((await call('arn:aws:states:::lambda:invoke', {}, answer)).result).toEqual({
      ExecutedVersion: '$LATEST',
      Payload: { ok: true },
      StatusCode: 200,
    });
  });

  test('a function as Resource answers for itself', async () => {
    expect((await call(FUNCTION, {}, { StatusCode: 200, Payload: [1] })).result).toEqual([1]);
    expect((await call(FUNCTION, {}, { StatusCode: 200 })).result).toBeNull();
  });
});

describe('errors', () => {
  test.each([
    ['dynamodb:putItem', 'ConditionalCheckFailedException', 'DynamoDB.ConditionalCheckFailedException'],
    [
      'dynamodb:putItem',
      'ProvisionedThroughputExceededException',
      'DynamoDB.ProvisionedThroughputExceededException',
    ],
    ['sns:publish', 'NotFoundException', 'SNS.NotFoundException'],
    ['sqs:sendMessage', 'QueueDoesNotExist', 'SQS.QueueDoesNotExist'],
    ['lambda:invoke', 'TooManyRequestsException', 'Lambda.TooManyRequestsException'],
    [
      'aws-sdk:dynamodb:putItem',
      'ConditionalCheckFailedException',
      'DynamoDb.ConditionalCheckFailedException',
    ],
    ['aws-sdk:sns:publish', 'NotFound', 'Sns.NotFoundException'],
    ['aws-sdk:sqs:sendMessage', 'QueueDoesNotExist', 'Sqs.QueueDoesNotExistException'],
    [
      'aws-sdk:elasticloadbalancingv2:modifyRule',
      'RuleNotFound',
      'ElasticLoadBalancingV2.RuleNotFoundException',
    ],
    [
      'aws-sdk:elasticloadbalancingv2:modifyRule',
      'Throttling',
      'ElasticLoadBalancingV2.ElasticLoadBalancingV2Exception',
    ],
    ['aws-sdk:sfn:describeExecution', 'ExecutionDoesNotExist', 'Sfn.ExecutionDoesNotExistException'],
    ['aws-sdk:cloudwatch:describeAlarms', 'AccessDeniedException', 'CloudWatch.CloudWatchException'],
    ['aws-sdk:cloudwatch:describeAlarms', 'InvalidNextToken', 'CloudWatch.InvalidNextTokenException'],
  ])('%s: %s', async (action, name, expected) => {
    expect(await errorOf(`arn:aws:states:::${action}`, new AwsError(name, 'why'))).toMatchObject({
      name: expected,
      message: 'why',
    });
  });

  test('of a function as Resource', async () => {
    expect(await errorOf(FUNCTION, new AwsError('ServiceException', ''))).toMatchObject({
      name: 'Lambda.ServiceException',
    });
  });

  test.each(['arn:aws:states:::lambda:invoke', FUNCTION])('thrown by a function: %s', async (resource) => {
    const Payload = { errorType: 'VehicleBusy', errorMessage: 'V1', trace: [] };
    await expect(
      call(resource, {}, { StatusCode: 200, FunctionError: 'Unhandled', Payload }),
    ).rejects.toMatchObject({
      name: 'VehicleBusy',
      message: JSON.stringify(Payload),
    });
  });

  test('of a function that says nothing', async () => {
    await expect(call(FUNCTION, {}, { FunctionError: 'Unhandled', Payload: null })).rejects.toMatchObject({
      name: 'Lambda.Unknown',
    });
  });

  test('a fault of an engine stays what it is', async () => {
    const fault = new TypeError('bug');
    expect(await errorOf(FUNCTION, fault)).toBe(fault);
  });

  test('a Resource that is not supported', async () => {
    await expect(call('arn:aws:states:::s3:getObject', {})).rejects.toMatchObject({ name: 'States.Runtime' });
  });
});
