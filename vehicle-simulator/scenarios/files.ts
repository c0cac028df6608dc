import afterTheEnd from './after-the-end.json' with { type: 'json' };
import answers from './answers.json' with { type: 'json' };
import asleep from './asleep.json' with { type: 'json' };
import disorder from './disorder.json' with { type: 'json' };
import lateAnswers from './late-answers.json' with { type: 'json' };
import mistakes from './mistakes.json' with { type: 'json' };
import refusals from './refusals.json' with { type: 'json' };
import rejections from './rejections.json' with { type: 'json' };
import repetitions from './repetitions.json' with { type: 'json' };
import reports from './reports.json' with { type: 'json' };
import requests from './requests.json' with { type: 'json' };
import rubbish from './rubbish.json' with { type: 'json' };
import { readScenario, type Scenario } from './scenario.ts';
import silence from './silence.json' with { type: 'json' };
import slowNetwork from './slow-network.json' with { type: 'json' };

/** What the files of this folder hold. Imported one by one, so that the bundle of the Lambda vehicle has them. */
const FILES: Readonly<Record<string, unknown>> = {
  'answers.json': answers,
  'rejections.json': rejections,
  'silence.json': silence,
  'late-answers.json': lateAnswers,
  'repetitions.json': repetitions,
  'disorder.json': disorder,
  'after-the-end.json': afterTheEnd,
  'rubbish.json': rubbish,
  'mistakes.json': mistakes,
  'asleep.json': asleep,
  'slow-network.json': slowNetwork,
  'reports.json': reports,
  'requests.json': requests,
  'refusals.json': refusals,
};

/** Every scenario, in the order of the list above. */
export const SCENARIOS: readonly Scenario[] = Object.entries(FILES).map(([file, content]) =>
  readScenario(file, content),
);
