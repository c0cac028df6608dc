import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import type { StageAccess } from '../../bin/stage-access.ts';
import { startDynamoDb } from '../../local/dynamodb/engine.ts';

/** An answer of AWS's: status and body. */
type Answer = readonly [number, object];

const REGION = 'eu-central-1';
const TABLE = 'TrafficWeights';
const BLUE = 'arn:aws:elasticloadbalancing:eu-central-1:000000000000:targetgroup/one/1';
const GREEN = 'arn:aws:elasticloadbalancing:eu-central-1:000000000000:targetgroup/two/2';
const WEIGHTS_RULE = `arn:aws:elasticloadbalancing:${REGION}:000000000000:listener-rule/app/door/1/1/1`;
const STATE_MACHINE = `arn:aws:states:${REGION}:000000000000:stateMachine:shifting`;

/**
 * What tools see of a stage's door by AWS's protocols: a real table, the rule with the weights, and a workflow that knows what the
 * test says.
 */
export async function startDoorStage() {
  const dynamoDb = await startDynamoDb({ region: REGION, accountId: '000000000000' });
  await dynamoDb.createTable(
    {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    },
    TABLE,
  );
  const started: object[] = [];
  const executions = new Map<string, object>();
  let blue = 100;

  const states = (action: string, input: { name?: string; executionArn?: string }): Answer => {
    if (action === 'StartExecution') {
      const arn = `${STATE_MACHINE.replace('stateMachine', 'execution')}:${input.name}`;
      if (executions.has(arn)) return [400, { __type: 'ExecutionAlreadyExists', message: 'there is one' }];
      started.push(input);
      executions.set(arn, { status: 'RUNNING' });
      return [200, { executionArn: arn, startDate: 0 }];
    }
    const found = executions.get(input.executionArn ?? '');
    if (found === undefined) return [400, { __type: 'ExecutionDoesNotExist', message: 'there is none' }];
    return [
      200,
      { executionArn: input.executionArn, stateMachineArn: STATE_MACHINE, startDate: 0, ...found },
    ];
  };
  const stepFunctions = await serve(async (message) => {
    const action = String(message.headers['x-amz-target']).split('.').at(-1) ?? '';
    const [status, body] = states(action, (await json(message)) as object);
    return { status, type: 'application/x-amz-json-1.0', body: JSON.stringify(body) };
  });
  const member = (arn: string, weight: number) =>
    `<member><TargetGroupArn>${arn}</TargetGroupArn><Weight>${weight}</Weight></member>`;
  const loadBalancing = await serve(async (message) => {
    const asked = new URLSearchParams(await text(message));
    if (asked.get('Action') !== 'DescribeRules' || asked.get('RuleArns.member.1') !== WEIGHTS_RULE) {
      const refusal = '<Code>RuleNotFound</Code><Message>there is none</Message>';
      const body = `<ErrorResponse><Error>${refusal}</Error></ErrorResponse>`;
      return { status: 400, type: 'text/xml', body };
    }
    // Not in the order of the template: nobody promises it.
    const groups = `${member(GREEN, 100 - blue)}${member(BLUE, blue)}`;
    return {
      status: 200,
      type: 'text/xml',
      body: `<DescribeRulesResponse><DescribeRulesResult><Rules><member><Actions><member><Type>forward</Type><ForwardConfig><TargetGroups>${groups}</TargetGroups></ForwardConfig></member></Actions></member></Rules></DescribeRulesResult></DescribeRulesResponse>`,
    };
  });

  const outputs: Record<string, string> = {
    TrafficWeightsTable: TABLE,
    ShiftingArn: STATE_MACHINE,
    WeightsRuleArn: WEIGHTS_RULE,
    BlueTargetGroupArn: BLUE,
  };
  const endpoints: Record<string, string> = {
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: loadBalancing.url,
  };
  const access: StageAccess = {
    output: (name) => outputs[name] ?? '',
    has: (name) => outputs[name] !== undefined,
    where: ' --stage int',
    client: (service) => ({
      endpoint: endpoints[`AWS_ENDPOINT_URL_${service}`] ?? '',
      region: REGION,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  };
  return {
    access,
    /** As `/local-stage` tells it. */
    description: { outputs, endpoints, region: REGION },
    dynamoDb,
    table: TABLE,
    /** Inputs of StartExecution. */
    started,
    /** What DescribeExecution tells, by ARN. */
    executions,
    turnDoor: (percent: number) => {
      blue = percent;
    },
    stop: async () => {
      stepFunctions.close();
      loadBalancing.close();
      await dynamoDb.close();
    },
  };
}

async function serve(
  answer: (message: IncomingMessage) => Promise<{ status: number; type: string; body: string }>,
) {
  const server = createServer((message, response) => {
    void answer(message).then(({ status, type, body }) =>
      response.writeHead(status, { 'content-type': type }).end(body),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
