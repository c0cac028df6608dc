import * as z from 'zod';
import { stageConfig } from '../../lib/stages.ts';
import { type AwsCall, AwsError, type Json, type JsonObject } from '../../local/aws.ts';
import { callResourceWith } from '../../local/step-functions/integrations.ts';
import {
  compileStateMachine,
  type ExecutionResult,
  type StateMachine,
} from '../../local/step-functions/interpreter.ts';
import { synthesise } from '../lib/synthesis.ts';

const stage = synthesise({ ...stageConfig('dev-x'), environments: ['blue', 'green'] });

const Deployed = z.object({
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.string()),
});

/** A workflow's definition as a stage with two environments deploys it; resources are named by their paths. */
export function deployedDefinition(path: string): string {
  const { DefinitionString, DefinitionSubstitutions } = Deployed.parse(stage.at(path).properties);
  return DefinitionString.replaceAll(
    /\$\{(\w+)\}/g,
    (_, name: string) => DefinitionSubstitutions[name] ?? '',
  );
}

/** What the stage is configured to; the definitions hold some of it. */
export const { config } = stage;

/**
 * One AWS action that a workflow called, `dynamodb:PutItem shared/Persistence/Leases`. A table of several kinds of
 * items has the sort key behind it if that names the kind, `dynamodb:GetItem shared/Persistence/Events STATE`.
 */
interface Call {
  readonly name: string;
  readonly input: JsonObject;
  readonly refused: boolean;
}

/** @throws AwsError to refuse the call */
type Answer = (input: JsonObject) => JsonObject | Promise<JsonObject>;
/** By the call's name. A call without an answer is a fault of the test, which no Catch hides. */
export type Answers = Readonly<Record<string, Answer>>;

/** One way through a workflow. */
export interface Scenario {
  readonly input: Json;
  /** Made anew for each run: some count their calls, or set the clock. */
  readonly answers: () => Answers;
}

export interface Run {
  readonly result: ExecutionResult;
  readonly calls: readonly Call[];
  /** States in the order in which they were entered. */
  readonly states: readonly string[];
}

/** Longer ways are endless ones. */
const MOST_STATES = 100;

/** Runs share the clock, which some of them move: each waits for the one before. */
let previous: Promise<unknown> = Promise.resolve();

/** Compiles a definition, once for all runs. @throws Error for a definition that is not understood */
export function workflow(definition: string): (scenario: Scenario) => Promise<Run> {
  const machine = compileStateMachine(definition);
  return (scenario) => {
    const run = previous.then(() => execute(machine, scenario));
    previous = run.catch(() => undefined);
    return run;
  };
}

const SortKey = z.object({ sk: z.object({ S: z.string() }) });

function nameOf(service: string, action: string, input: JsonObject): string {
  const target =
    input.TableName ?? input.TopicArn ?? input.QueueUrl ?? input.FunctionName ?? input.RuleArn ?? '';
  const kind = SortKey.safeParse(input.Key ?? input.Item).data?.sk.S;
  return [`${service}:${action}`, target, kind].filter(Boolean).join(' ');
}

async function execute(machine: StateMachine, { input, answers }: Scenario): Promise<Run> {
  const calls: Call[] = [];
  const states: string[] = [];
  const answerOf = answers();
  const awsCall: AwsCall = async ({ service, action, input: request }) => {
    const name = nameOf(service, action, request);
    const answer = answerOf[name];
    if (answer === undefined) throw new Error(`The scenario has no answer to ${name}`);
    try {
      const result = await answer(request);
      calls.push({ name, input: request, refused: false });
      return result;
    } catch (error) {
      calls.push({ name, input: request, refused: true });
      throw error;
    }
  };
  const context = {
    executionId: 'e',
    executionName: 'e',
    startTime: '',
    stateMachineId: 's',
    stateMachineName: 's',
  };
  const result = await machine.execute(input, context, callResourceWith(awsCall, 'role'), (state) => {
    states.push(state);
    if (states.length > MOST_STATES) throw new Error(`The way is endless: ${states.slice(-5).join(', ')}`);
  });
  return { result, calls, states };
}

/** The calls that succeeded. */
export const done = ({ calls }: Run, name: string): JsonObject[] =>
  calls.filter((call) => call.name === name && !call.refused).map(({ input }) => input);

export const answers =
  (answer: JsonObject = {}): Answer =>
  () =>
    answer;

/** Refusals, and what functions throw, come later than the answers to calls beside them. */
const later = () => new Promise<void>((resolve) => setImmediate(resolve));

export const refuses =
  (errorName: string): Answer =>
  async () => {
    await later();
    throw new AwsError(errorName, 'refused by the scenario');
  };

/** Answers one after the other; the last one for good. */
export function inTurn(first: Answer, ...others: Answer[]): Answer {
  const remaining = [first, ...others];
  return (input) => ((remaining.length > 1 ? remaining.shift() : remaining[0]) ?? first)(input);
}

/** What a function throws, as Lambda reports it. */
export const throws =
  (errorType: string): Answer =>
  async () => {
    await later();
    return { StatusCode: 200, FunctionError: 'Unhandled', Payload: { errorType, errorMessage: 'thrown' } };
  };
