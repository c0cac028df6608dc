import { Sha256 } from '@aws-crypto/sha256-js';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import { baseUrl, DEFAULT_TARGET } from '../../bin/call.ts';
import { withLetters } from '../../bin/dead-letters/letters.ts';
import { deadLetterQueues } from '../../bin/dead-letters/queues.ts';
import { Session, whoActs } from '../../bin/session.ts';
import { openStage, testSecretOf } from '../../bin/stage-access.ts';
import { Notification } from '../../functions/event-processing/distribution/notification.ts';
import { type AppClient, appClient, requestJson } from './app-client.ts';

/** A message that nobody could process. */
export interface DeadLetter {
  readonly queue: string;
  readonly reason: string | undefined;
  readonly body: string;
  readonly sentAt: Date;
}

/** What the commands of a whole stage left behind. */
export interface Leftovers {
  readonly deadLetters: readonly DeadLetter[];
  /** The command that holds each vehicle, by VIN. */
  readonly leases: ReadonlyMap<string, string>;
}

/** A stage with simulated vehicles, as cases are run against it. */
export interface StageUnderTest {
  readonly app: AppClient;
  /** What the subscriber was told, each time, of a command or of a report. */
  notifications(id: string): Promise<Notification[]>;
  /** Nothing of it is taken away. */
  leftovers(): Promise<Leftovers>;
}

export interface WhichStage {
  /** Base URL; by default that of the local stage, or a deployed stage's output `ApiUrl`. */
  readonly target: string | undefined;
  /** A deployed stage, by name. */
  readonly stage: string | undefined;
  /** That requests pick, of a stage with a front door; whichever the traffic goes to, if none is given. */
  readonly environment: string | undefined;
  /** Who acts, and owns the vehicles. */
  readonly user: string;
  /** By default, the user logs in: at a local stage, or a developer's. */
  readonly token: string | undefined;
}

/** Dead letters that are read of a queue at most: a whole run leaves some hundreds. */
const LETTERS = 10_000;

/** @throws AppError in one line, if there is no such stage, or nobody can be logged in */
export async function openStageUnderTest(which: WhichStage): Promise<StageUnderTest> {
  const { stage, environment, user, token } = which;
  const local = baseUrl(which.target ?? DEFAULT_TARGET);
  const access = await openStage({ target: local, ...(stage === undefined ? {} : { stage }) });
  const base = stage === undefined || which.target !== undefined ? local : baseUrl(access.output('ApiUrl'));
  const override =
    environment === undefined ? undefined : { environment, secret: await testSecretOf(access) };
  const session = await Session.begin(base, await whoActs(stage, { user, token }));

  const sqs = new SQSClient(access.client('SQS'));
  const dynamoDb = new DynamoDBClient(access.client('DYNAMODB'));
  const queues = await deadLetterQueues(access, sqs, stage);
  const leasesTable = access.output('LeasesTable');
  const get = signedGet(access.output('NotificationsUrl'), sqs.config);

  const deadLetters = async () => {
    const letters = queues.map(({ name, url }) =>
      withLetters(sqs, url, LETTERS, (found) =>
        found.map(({ reason, body, sentAt }) => ({ queue: name, reason, body, sentAt })),
      ),
    );
    return (await Promise.all(letters)).flat();
  };
  const leases = async () => {
    const held = new Map<string, string>();
    for await (const { Items = [] } of paginateScan({ client: dynamoDb }, { TableName: leasesTable })) {
      for (const { vin, eventId } of Items) held.set(vin?.S ?? '', eventId?.S ?? '');
    }
    return held;
  };

  return {
    app: appClient(base, session, override),
    notifications: async (id) => z.array(Notification).parse(await get(`/${encodeURIComponent(id)}`)),
    leftovers: async () => ({ deadLetters: await deadLetters(), leases: await leases() }),
  };
}

/**
 * Reads from an API with IAM authorisation, with the credentials that the SDK finds.
 * @returns a function of the path below the URL, which throws Error unless the answer is 200
 */
function signedGet(
  url: string,
  { credentials, region }: Pick<SQSClient['config'], 'credentials' | 'region'>,
) {
  const { protocol, hostname, host, port, pathname } = new URL(url);
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  return async (path: string): Promise<unknown> => {
    const { status, body } = await requestJson(`${url}${path}`, async () => {
      const { headers } = await signer.sign(
        new HttpRequest({
          method: 'GET',
          protocol,
          hostname,
          ...(port === '' ? {} : { port: Number(port) }),
          path: `${pathname}${path}`,
          headers: { host },
        }),
      );
      return { headers };
    });
    if (status !== 200) throw new Error(`The subscriber's notifications answered ${status}`);
    return body;
  };
}
