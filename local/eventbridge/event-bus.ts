import { setTimeout as wait } from 'node:timers/promises';
import { type AwsCall, AwsError, type JsonObject, type Log } from '../aws.ts';
import type { MessagingEngine } from '../messaging/engine.ts';
import type { ServiceEvent } from './event.ts';
import type { EventRule, Target } from './rule.ts';
import { inputFor } from './target-input.ts';

/**
 * After which time a call that failed is made again. EventBridge goes on for a day; on a local stage the three minutes
 * that 1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 s make outlast any fault that somebody waits for.
 */
const RETRY_AFTER_SECONDS = [1, 2, 4, 8, 16, 32, 60, 60];

/** How services say that there are too many calls; with any 5xx, what EventBridge tries again. */
const THROTTLED = /Throttl|TooManyRequests|LimitExceeded/;

interface EventBusOptions {
  readonly rules: readonly EventRule[];
  readonly awsCall: AwsCall;
  /** Takes the dead letters. */
  readonly messaging: Pick<MessagingEngine, 'call'>;
  readonly log: Log;
  /** Waits between two attempts; rejects when the signal aborts. */
  readonly sleep?: (seconds: number, signal: AbortSignal) => Promise<void>;
}

/** The default event bus: hands events to the targets of the rules that match. */
export class EventBus {
  readonly #options: EventBusOptions;
  readonly #sleep: (seconds: number, signal: AbortSignal) => Promise<void>;
  readonly #closing = new AbortController();

  constructor(options: EventBusOptions) {
    this.#options = options;
    this.#sleep =
      options.sleep ?? ((seconds, signal) => wait(seconds * 1000, undefined, { signal, ref: false }));
  }

  /** Settles when each target has taken the event, or never will. Never rejects. */
  async put(event: ServiceEvent): Promise<void> {
    const matching = this.#options.rules.filter(({ matches }) => matches(event));
    await Promise.all(
      matching.flatMap(({ name, targets }) => targets.map((target) => this.#deliver(name, target, event))),
    );
  }

  /** What was not delivered by now never is. */
  close(): void {
    this.#closing.abort();
  }

  async #deliver(rule: string, target: Target, event: ServiceEvent): Promise<void> {
    const begin = Date.now();
    const { MaximumRetryAttempts = RETRY_AFTER_SECONDS.length, MaximumEventAgeInSeconds = 86_400 } =
      target.RetryPolicy;
    const retries = RETRY_AFTER_SECONDS.slice(0, MaximumRetryAttempts);
    for (let attempts = 0; !this.#closing.signal.aborted; attempts += 1) {
      try {
        await this.#start(target, event);
        return;
      } catch (error) {
        const seconds = isRetryable(error) ? retries[attempts] : undefined;
        const age = (Date.now() - begin) / 1000;
        if (seconds === undefined || age + seconds > MaximumEventAgeInSeconds) {
          this.#giveUp(rule, target, event, error as Error);
          return;
        }
        await this.#sleep(seconds, this.#closing.signal).catch(() => undefined);
      }
    }
  }

  async #start(target: Target, event: ServiceEvent): Promise<void> {
    await this.#options.awsCall({
      service: 'states',
      action: 'StartExecution',
      input: { stateMachineArn: target.Arn, input: inputFor(target, event) },
      role: target.RoleArn,
    });
  }

  #giveUp(rule: string, { Arn, DeadLetterConfig }: Target, event: ServiceEvent, error: Error): void {
    const { messaging, log } = this.#options;
    log(rule, `ERROR ${event['detail-type']} did not reach ${Arn}: ${error}`);
    if (DeadLetterConfig === undefined) return;
    const attribute = (StringValue: string): JsonObject => ({ DataType: 'String', StringValue });
    try {
      messaging.call('SendMessage', 'sqs', {
        QueueUrl: queueUrl(DeadLetterConfig.Arn),
        MessageBody: JSON.stringify(event),
        MessageAttributes: {
          ERROR_CODE: attribute(error.name),
          ERROR_MESSAGE: attribute(error.message),
          RULE_ARN: attribute(rule),
          TARGET_ARN: attribute(Arn),
        },
      });
    } catch (failure) {
      log(rule, `ERROR nor did it become a dead letter: ${failure}`);
    }
  }
}

const isRetryable = (error: unknown): boolean =>
  error instanceof AwsError && (error.statusCode >= 500 || THROTTLED.test(error.name));

/** The host of a queue's URL is not looked at. */
function queueUrl(arn: string): string {
  const [account, name] = arn.split(':').slice(-2);
  return `http://queues/${account}/${name}`;
}
