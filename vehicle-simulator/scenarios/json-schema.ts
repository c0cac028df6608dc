import * as z from 'zod';
import { Scenario } from './scenario.ts';

/** What scenario files look like, for editors and for whoever writes one. */
export const scenarioJsonSchema = (): object => ({
  ...z.toJSONSchema(Scenario, { io: 'input' }),
  title: 'Scenario of the vehicle simulator',
});
