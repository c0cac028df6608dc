import { AppError } from '../bin/call.ts';
import type { EnvironmentName } from '../lib/stages.ts';
import { busy } from './executions.ts';
import type { ReleaseRecord, ReleaseState } from './record.ts';
import { type ReleaseParts, stepOf } from './release-parts.ts';
import { executionName } from './shifting.ts';
import type { RecordChange } from './stage.ts';
import { shareOf } from './traffic.ts';

/** Failed cases that the record names. */
const NAMED = 10;

/** Deploys and proves: up to here, no customer is on the new version. */
export async function bringUp(parts: ReleaseParts, record: ReleaseRecord): Promise<void> {
  const { records, deploy, prove, scenarios, runner, tell, traffic } = parts;
  const { releaseId, environment } = record;
  const change = (states: readonly ReleaseState[], changes: RecordChange) =>
    records.change(releaseId, changes, { states, runner });

  await requireIdle(parts, environment);
  if (record.version !== undefined) {
    tell(
      `Version ${record.version} is there; deploys it again in case that something else was deployed since`,
    );
  }
  const version = await deploy(environment);
  await change(['DEPLOYING', 'PROVING'], {
    state: 'PROVING',
    version,
    ...(record.version === version ? {} : { step: stepOf(parts, 'deployed', `version ${version}`) }),
  });

  if (record.proved === version && (record.scenarios === scenarios || record.scenarios === 'all')) {
    tell(`Version ${version} has been proved before`);
  } else {
    tell(`Proves version ${version} at ${environment}`);
    const { detail, failures } = await prove(environment, version);
    if (failures.length > 0) {
      const step = stepOf(parts, 'refused', refusal(detail, failures));
      await change(['PROVING'], { state: 'REFUSED', endedAt: step.at, step });
      return;
    }
    await change(['PROVING'], { proved: version, scenarios, step: stepOf(parts, 'proved', detail) });
    tell(`Proved: ${detail}`);
  }

  await settleAlarms(parts, releaseId);
  await requireIdle(parts, environment);
  // Said before it is started: a start that was not recorded could not be found again.
  await change(['PROVING'], {
    state: 'SHIFTING',
    execution: traffic.executionArn(executionName(releaseId, 1)),
  });
}

async function settleAlarms(
  { records, settleSeconds, clock, tell, signal }: ReleaseParts,
  releaseId: string,
): Promise<void> {
  const record = await records.get(releaseId);
  const proved = record?.steps.findLast(({ what }) => what === 'proved');
  if (proved === undefined) return;
  const left = Date.parse(proved.at) + settleSeconds * 1000 - clock.now().getTime();
  if (left <= 0) return;
  tell(`Waits ${Math.ceil(left / 1000)} s, until alarms have forgotten the scenarios' failures`);
  await clock.pause(left, signal);
  signal.throwIfAborted();
}

const refusal = (detail: string, failures: readonly string[]): string =>
  [
    detail,
    ...failures.slice(0, NAMED),
    ...(failures.length > NAMED ? [`and ${failures.length - NAMED} more`] : []),
  ].join('; ');

/** Nothing is deployed where customers are. */
async function requireIdle({ traffic }: ReleaseParts, environment: EnvironmentName): Promise<void> {
  const { blue, holder } = await traffic.traffic();
  if (holder !== undefined) throw await busy(traffic, holder);
  const share = shareOf(environment, blue);
  if (share > 0) {
    throw new AppError(
      `${environment} gets ${share} % of traffic, moved by somebody while it was released. ` +
        `Move it away (npm run traffic -- set ${environment} 0 --force${traffic.where}) and run this again, ` +
        `or close the release: npm run release -- --abandon${traffic.where}`,
    );
  }
}
