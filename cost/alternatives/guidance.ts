import type { Use } from '../bill.ts';
import { type Alternative, accessLogBytes, amountOf, type Ours, sameForAll, TRACED } from './alternative.ts';

/** As its stack has it. Source: aws-solutions-library-samples/guidance-for-connected-mobility-on-aws, commands_stack.py. */
const COMMANDS_MB = 256;
const RESPONSE_MB = 128;
/** Initialisation and computing, as with this system's functions, and 10 ms for each call to wait for. */
const SEND_MS = 8 + 20;
const POLL_MS = 8 + 10;
const RESPONSE_MS = 8 + 20;
/** An acknowledgement and an end. */
const ANSWERS = 2;

const gbSeconds = (invocations: number, milliseconds: number, mb: number): number =>
  invocations * (milliseconds / 1000) * (mb / 1024);

/** What AWS itself writes for an invocation of this system's functions, and the functions themselves. */
const logBytesOfInvocation = ({ monthly }: Ours): number => {
  const ofFunctions = new Set(
    monthly.uses
      .filter(({ key }) => key === 'lambda:requests')
      .map(({ block, resource }) => `${block}/${resource}`),
  );
  const bytes = amountOf(
    monthly,
    ({ key, block, resource }) => key === 'logs:bytes' && ofFunctions.has(`${block}/${resource}`),
  );
  const requests = amountOf(monthly, ({ key }) => key === 'lambda:requests');
  return requests === 0 ? 0 : bytes / requests;
};

export const GUIDANCE: Alternative = {
  name: 'guidance',
  what: 'AWS’s Guidance for Connected Mobility: API Gateway, a function, IoT Core, a rule, a function, DynamoDB.',
  uses: (ours) => {
    const { monthly } = ours;
    const { commands, apiCalls } = monthly;
    const polls = apiCalls - commands;
    const answers = commands * ANSWERS;
    const invocations = apiCalls + answers;
    return [
      ...sameForAll(ours),
      { key: 'api-gateway:requests', amount: apiCalls, resource: 'API' },
      { key: 'lambda:requests', amount: invocations, resource: 'functions' },
      {
        key: 'lambda:gb-seconds',
        amount:
          gbSeconds(commands, SEND_MS, COMMANDS_MB) +
          gbSeconds(polls, POLL_MS, COMMANDS_MB) +
          gbSeconds(answers, RESPONSE_MS, RESPONSE_MB),
        resource: 'functions',
      },
      { key: 'iot-core:rules', amount: answers, resource: 'rule' },
      { key: 'iot-core:actions', amount: answers, resource: 'rule' },
      { key: 'dynamodb:write-units', amount: commands + answers, resource: 'commands' },
      { key: 'dynamodb:read-units', amount: (polls + answers) / 2, resource: 'commands' },
      ...monthly.uses.filter(({ key }) => isStorage(key)),
      {
        key: 'logs:bytes',
        amount: apiCalls * accessLogBytes(ours) + invocations * logBytesOfInvocation(ours),
        resource: 'API and functions',
      },
      { key: 'x-ray:traces', amount: (commands + answers) * TRACED, resource: 'functions' },
    ];
  },
  assumptions: (ours) => [
    `Each API call is a function of ${COMMANDS_MB} MB, status polls too (${POLL_MS} ms, half a read unit); each of ${ANSWERS} answers is a rule, an action and a function of ${RESPONSE_MB} MB (${RESPONSE_MS} ms) that reads and writes an item.`,
    `Functions write as many bytes of logs for an invocation as this system’s do, ${Math.round(logBytesOfInvocation(ours))}; polls are not traced, though they are functions.`,
    'The same firewall, at API Gateway; no load balancer, for it has no second environment. Data is kept as long as here.',
    `Messages of IoT Core (${ANSWERS + 1} for each command) and its connections are the broker, which is left out of all of them.`,
    'It does less: no lease, no end for a vehicle that is silent, no retries with dead letters, no notification of the app, no two environments.',
  ],
};

const isStorage = (key: Use['key']): boolean =>
  key.endsWith(':gb-months') || key.endsWith('recovery-gb-months');
