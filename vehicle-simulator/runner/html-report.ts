import { escaped, page } from '../../charts/page.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import type { Outcome } from './run-cases.ts';
import { byScenario, inSeconds, tally, wayOf } from './summary.ts';

/** What was run. */
export interface RunFacts {
  /** URL or name of the stage. */
  readonly stage: string;
  readonly environment: string | undefined;
  readonly filter: string | undefined;
  readonly startedAt: Date;
  /** Of the whole run. */
  readonly seconds: number;
}

/** One page that needs nothing from elsewhere: failures first, then scenarios by generation, then all cases. */
export function htmlReport(outcomes: readonly Outcome[], facts: RunFacts): string {
  const { cases, held, failed, unfinished, median } = tally(outcomes);
  const failures = outcomes.filter(({ result }) => result === 'FAILED');
  const told = [
    facts.stage,
    ...(facts.environment === undefined ? [] : [`environment ${facts.environment}`]),
    ...(facts.filter === undefined ? [] : [`only ${facts.filter}`]),
    `${facts.startedAt.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
  ];
  const tile = (name: string, value: string | number, kind = '') =>
    `<div class="tile ${kind}"><b>${value}</b>${name}</div>`;
  return page({
    title: `${failed === 0 ? '✓' : '✗'} Scenarios`,
    style: STYLE,
    body: `<h1>Scenarios</h1>
<p class="quiet">${told.map(escaped).join(' · ')}</p>
<div class="tiles">
${tile('cases', cases)}
${tile('held', held, failed + unfinished === 0 ? 'held' : '')}
${tile('failed', failed, failed === 0 ? '' : 'failed')}
${unfinished === 0 ? '' : tile('unfinished', unfinished, 'unfinished')}
${tile('median to the end', inSeconds(median))}
${tile('whole run', inSeconds(facts.seconds))}
</div>
${failures.length === 0 ? '' : `<h2>Failures</h2>${failures.map(failure).join('\n')}`}
<h2>Scenarios by generation</h2>
${matrix(outcomes)}
<h2>Cases</h2>
<p><input id="filter" type="search" placeholder="Filter: a part of a line, several with spaces" size="50">
<label><input id="faulty" type="checkbox"> without those that held</label> <span id="shown" class="quiet"></span></p>
<table id="cases">
<thead><tr><th>Case<th>Vehicle<th>Result<th class="number">Seconds<th>What polls showed</thead>
<tbody>
${outcomes.map(row).join('\n')}
</tbody>
</table>
<script>${SCRIPT}</script>`,
  });
}

function failure(outcome: Outcome): string {
  const { id, vehicle, behaviour } = outcome.case;
  return `<details open><summary>${escaped(id)}</summary>
<p class="quiet">${escaped(behaviour.description)}</p>
<ul>${outcome.faults.map((fault) => `<li>${escaped(fault)}`).join('')}</ul>
<p class="quiet">${vehicle.vin}, event ${outcome.eventId ?? 'none'} · ${escaped(wayOf(outcome))}</p>
</details>`;
}

function matrix(outcomes: readonly Outcome[]): string {
  const generations = GENERATIONS.map(({ name }) => name);
  const rows = [...byScenario(outcomes)].map(([scenario, of]) => {
    const byGeneration = Map.groupBy(of, ({ case: { vehicle } }) => vehicle.generation);
    const cells = generations.map((name) => cell(byGeneration.get(name) ?? []));
    const { median, longest } = tally(of);
    return `<tr><td>${escaped(scenario)}${cells.join('')}${cell(of)}<td class="number">${inSeconds(median)}<td class="number">${inSeconds(longest)}`;
  });
  const heads = [...generations, 'all', 'median', 'longest'].map((name) => `<th class="number">${name}`);
  return `<table><thead><tr><th>Scenario${heads.join('')}</thead>\n<tbody>${rows.join('\n')}</tbody></table>`;
}

/** Held of all; a case of no generation that is tried is no case. */
function cell(outcomes: readonly Outcome[]): string {
  const { cases, held, failed } = tally(outcomes);
  if (cases === 0) return '<td class="number quiet">–';
  const kind = failed > 0 ? 'failed' : held === cases ? 'held' : 'unfinished';
  return `<td class="number ${kind}">${held === cases ? cases : `${held} of ${cases}`}`;
}

function row(outcome: Outcome): string {
  const { id, vehicle } = outcome.case;
  const result = outcome.result.toLowerCase();
  return `<tr><td>${escaped(id)}<td>${vehicle.vin}<td class="${result}">${result}<td class="number">${outcome.seconds?.toFixed(1) ?? ''}<td>${escaped(wayOf(outcome))}`;
}

const STYLE = `
body { max-width: 80rem; }
.tile.held b, td.held { color: var(--good); } .tile.failed b, td.failed { color: var(--bad); font-weight: 600; }
.tile.unfinished b, td.unfinished { color: var(--odd); }
details { border-left: .25rem solid var(--bad); background: var(--bad-ground); margin: .5rem 0; padding: .4rem 1rem; }
summary { font-weight: 600; cursor: pointer; overflow-wrap: anywhere; } details p { margin: .2rem 0; } ul { margin: .3rem 0; }
th { position: sticky; top: 0; background: var(--ground); }
#cases { font-size: 13px; }
`;

const SCRIPT = `
const rows = [...document.querySelectorAll('#cases tbody tr')].map((row) => ({ row, text: row.textContent.toLowerCase(), held: row.cells[2].className === 'held' }));
const [filter, faulty, shown] = ['filter', 'faulty', 'shown'].map((id) => document.getElementById(id));
const apply = () => {
  const words = filter.value.toLowerCase().split(' ');
  let count = 0;
  for (const { row, text, held } of rows) {
    row.hidden = (faulty.checked && held) || !words.every((word) => text.includes(word));
    if (!row.hidden) count += 1;
  }
  shown.textContent = count + ' of ' + rows.length;
};
filter.oninput = faulty.onchange = apply;
apply();
`;
