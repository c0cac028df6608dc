import { expect, test } from 'vitest';
import { escaped, legend, page, table } from '../../charts/page.ts';

test('text is escaped for elements and attributes', () => {
  expect(escaped('<a href="x">&</a>')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;');
});

test('a page has its title, its style behind the shared one, and its body', () => {
  const text = page({ title: 'A < B', style: '.own {}', body: '<h1>Body</h1>' });
  expect(text).toContain('<title>A &lt; B</title>');
  expect(text).toMatch(/prefers-color-scheme: dark.*\.own \{\}<\/style>\n<h1>Body<\/h1>/s);
});

test('a table marks numbers and what cells mean', () => {
  const text = table(
    [{ name: 'What' }, { name: 'Count', number: true }],
    [['<b>', { text: '3', kind: 'bad' }]],
  );
  expect(text).toContain('<tr><th>What<th class="number">Count</thead>');
  expect(text).toContain('<tr><td>&lt;b&gt;<td class="number bad">3');
});

test('a legend has an entry for each line', () => {
  const text = legend([
    { name: 'a & b', colour: 'var(--blue)' },
    { name: 'c', colour: 'var(--red)', dashed: true },
  ]);
  expect(text).toContain('<i style="border-color: var(--blue)"></i>a &amp; b');
  expect(text).toContain('<i style="border-color: var(--red); border-style: dashed"></i>c');
});
