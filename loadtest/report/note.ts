import { escaped } from '../../charts/page.ts';

/** What a chart or a table does not say by itself. */
export const note = (text: string): string => `<p class="quiet">${escaped(text)}</p>`;
