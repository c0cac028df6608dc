const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as HTML shows it, in elements and in attributes with double quotes. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');

export interface Page {
  readonly title: string;
  /** CSS of this kind of page, after what all of them share. */
  readonly style?: string;
  /** HTML. */
  readonly body: string;
}

/** A page of HTML that needs nothing from elsewhere, light or dark as the reader likes it, light on paper. */
export const page = ({ title, style = '', body }: Page): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${STYLE}${style}</style>
${body}
</html>
`;

export interface Column {
  readonly name: string;
  /** Stands to the right, so that digits stand below each other. */
  readonly number?: true;
}

/** A cell's text, or with what it means: CSS class `good`, `bad`, `odd` or `quiet`. */
export type Cell = string | { readonly text: string; readonly kind: 'good' | 'bad' | 'odd' | 'quiet' };

/** A table of HTML; scrolls where it is too wide for the page. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const of = (index: number, kind = '') => {
    const kinds = [...(columns[index]?.number ? ['number'] : []), ...(kind === '' ? [] : [kind])];
    return kinds.length === 0 ? '' : ` class="${kinds.join(' ')}"`;
  };
  const head = columns.map(({ name }, index) => `<th${of(index)}>${escaped(name)}`).join('');
  const lines = rows.map(
    (row) =>
      `<tr>${row
        .map((cell, index) =>
          typeof cell === 'string'
            ? `<td${of(index)}>${escaped(cell)}`
            : `<td${of(index, cell.kind)}>${escaped(cell.text)}`,
        )
        .join('')}`,
  );
  return `<div class="wide"><table><thead><tr>${head}</thead>\n<tbody>${lines.join('\n')}</tbody></table></div>`;
}

export interface LegendEntry {
  readonly name: string;
  /** One of `COLOURS` of charts/chart.ts. */
  readonly colour: string;
  readonly dashed?: true;
}

/** What the lines of a chart are. ECharts' own legend is laid out without a browser, and long names run into each other. */
export const legend = (entries: readonly LegendEntry[]): string =>
  `<p class="legend">${entries
    .map(
      ({ name, colour, dashed }) =>
        `<span><i style="border-color: ${colour}${dashed ? '; border-style: dashed' : ''}"></i>${escaped(name)}</span>`,
    )
    .join(' ')}</p>`;

/** Colours of charts too: charts/chart.ts names them. Each stands out from its ground by 4.5 to 1 at least. */
const STYLE = `
:root { color-scheme: light dark;
  --ground: #fff; --tile: #f1f4f7; --ink: #1d2733; --quiet: #5b6875; --line: #e3e8ed; --shade: #8796a5;
  --good: #14743b; --bad: #b3261e; --odd: #8a5a00; --bad-ground: #fbf1f0; --good-ground: #eef7f1;
  --blue: #1f6fb2; --orange: #bd5b0b; --green: #1b7f4d; --purple: #8146b8; --red: #c02f26; --teal: #0c7c86;
  --brown: #86592d; --grey: #66727e; }
@media screen and (prefers-color-scheme: dark) { :root {
  --ground: #14181d; --tile: #20262d; --ink: #e4e9ee; --quiet: #9eabb8; --line: #2d353e; --shade: #6d7c8b;
  --good: #63c98d; --bad: #ff8a80; --odd: #e5b567; --bad-ground: #33201f; --good-ground: #1b2a22;
  --blue: #6cb2f0; --orange: #f29a52; --green: #63c98d; --purple: #c397f0; --red: #ff8a80; --teal: #4fc4cf;
  --brown: #cda27a; --grey: #a9b4bf; } }
@media print { :root { color-scheme: light; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem;
  color: var(--ink); background: var(--ground); }
h1 { margin: 0; } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
.quiet { color: var(--quiet); } .good { color: var(--good); } .bad { color: var(--bad); } .odd { color: var(--odd); }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; }
.tile { background: var(--tile); border-radius: .5rem; padding: .5rem 1rem; min-width: 7rem; color: var(--quiet); }
.tile b { display: block; font-size: 1.6rem; color: var(--ink); }
.tile.good b, td.good { color: var(--good); } .tile.odd b, td.odd { color: var(--odd); }
.tile.bad b, td.bad { color: var(--bad); font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; } th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; white-space: nowrap; }
.wide { overflow-x: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: 0; font-size: 13px; }
.legend i { display: inline-block; width: 1.25rem; margin-right: .4rem; vertical-align: middle; border-top: 3px solid; }
figure { margin: 0; overflow-x: auto; } figure svg { width: 100%; min-width: 44rem; height: auto; display: block; }
figure, tr, .tile { break-inside: avoid; } h2 { break-after: avoid; }
@media print { body { margin: 0; } .wide, figure { overflow: visible; } figure svg { min-width: 0; } }
`;
