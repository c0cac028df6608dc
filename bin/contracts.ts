import { writeFileSync } from 'node:fs';
import { contractFiles } from '../contracts/files.ts';

/** Writes the descriptions of the interfaces anew; a test says when that is due. */
for (const [path, text] of contractFiles()) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
  console.log(path);
}
