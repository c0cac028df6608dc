import { expect, test } from 'vitest';
import { COLOURS, chart } from '../../charts/chart.ts';

const drawn = chart('Cats & "dogs"', {
  xAxis: { type: 'category', data: ['<b>bold</b>', 'plain'] },
  yAxis: { type: 'value' },
  series: [
    { name: 'one', type: 'bar', data: [1, 2] },
    { name: 'two', type: 'line', data: [2, 1] },
  ],
});

test('a chart is an SVG element with a label', () => {
  expect(drawn).toMatch(
    /^<svg role="img" aria-label="Cats &amp; &quot;dogs&quot;" width="1120" height="300"/,
  );
  expect(drawn).toMatch(/<\/svg>$/);
});

test('texts in it are escaped', () => {
  expect(drawn).toContain('&lt;b&gt;bold&lt;/b&gt;');
  expect(drawn).not.toContain('<b>');
});

test('its colours are those of the page, in light and dark', () => {
  expect(drawn).toContain(`fill="${COLOURS.blue}"`);
  expect(drawn).toContain(`stroke="${COLOURS.orange}"`);
  // A shape that cuts others off has a colour that nobody sees.
  const shown = drawn.replaceAll(/<clipPath.*?<\/clipPath>/gs, '');
  const fixed = [...shown.matchAll(/(?:fill|stroke)="(#[^"]+)"/g)].map(([, colour]) => colour);
  expect(fixed).toEqual([]);
});

test('nothing is for pointers or from elsewhere', () => {
  expect(drawn).not.toMatch(/<style|<script|https?:|pointer-events|class=/);
});
