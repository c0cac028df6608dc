import { escaped, page, table } from '../charts/page.ts';
import type { ReleaseFile, ReleaseState, ScenariosTried } from './record.ts';
import { clockTime } from './texts.ts';

const KINDS: Partial<Record<ReleaseState, string>> = {
  RELEASED: 'good',
  REFUSED: 'bad',
  ROLLED_BACK: 'bad',
};

const PROOFS: Record<ScenariosTried, string> = {
  all: 'all scenarios held',
  some: 'some scenarios were tried, and held',
  none: 'proved on another stage',
};

/** The story of a release as one page that needs nothing from elsewhere. */
export function releasePage({ stage, record }: ReleaseFile): string {
  const { releaseId, environment, version, state, scenarios, startedAt, endedAt, steps } = record;
  const facts = [
    stage,
    `${environment} takes over`,
    `version ${version ?? 'not deployed'}`,
    ...(scenarios === undefined ? [] : [PROOFS[scenarios]]),
    `${clockTime(startedAt)}${endedAt === undefined ? '' : ` to ${clockTime(endedAt)}`} UTC`,
  ];
  const rows = steps.map(({ at, what, detail = '' }) => [clockTime(at), what, detail]);
  return page({
    title: `Release ${releaseId}`,
    style: STYLE,
    body: `<h1>Release ${escaped(releaseId)} <b class="${KINDS[state] ?? ''}">${state}</b></h1>
<p class="quiet">${facts.map(escaped).join(' · ')}</p>
${table([{ name: 'When' }, { name: 'What' }, { name: 'Detail' }], rows)}`,
  });
}

const STYLE = `
body { max-width: 60rem; }
td { white-space: nowrap; } td:last-child { white-space: normal; overflow-wrap: anywhere; }
`;
