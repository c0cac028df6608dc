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
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Release ${escaped(releaseId)}</title>
<style>${STYLE}</style>
<h1>Release ${escaped(releaseId)} <b class="${KINDS[state] ?? ''}">${state}</b></h1>
<p class="quiet">${facts.map(escaped).join(' · ')}</p>
<table>
<thead><tr><th>When<th>What<th>Detail</thead>
<tbody>
${steps.map(({ at, what, detail = '' }) => `<tr><td>${escaped(clockTime(at))}<td>${escaped(what)}<td>${escaped(detail)}`).join('\n')}
</tbody>
</table>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1d2733; }
.quiet { color: #667380; } .good { color: #14743b; } .bad { color: #b3261e; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; } th, td { padding: .25rem .6rem; border-bottom: 1px solid #e3e8ed; vertical-align: top; }
td { white-space: nowrap; } td:last-child { white-space: normal; overflow-wrap: anywhere; }
`;
