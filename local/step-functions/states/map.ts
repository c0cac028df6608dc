import { z } from 'zod';
import type { Json } from '../../aws.ts';
import { withSignal } from '../abort.ts';
import type { StateOf } from '../definition.ts';
import { compileExit } from '../exit.ts';
import type { Field } from '../field.ts';
import type { CompileFlow } from '../flow.ts';
import { compileRecovery } from '../recovery.ts';
import { compileTemplate, compileValue } from '../template.ts';
import { type Run, scopeOf } from '../visit.ts';

/** AWS Developer Guide, «Map state processing modes»: as many iterations of an inline Map run at once. */
const MOST_ITERATIONS = 40;

/** Runs one flow for each item; the first error fails the state and aborts the other iterations. */
export function compileMap(definition: StateOf<'Map'>, field: Field, compileFlow: CompileFlow): Run {
  const {
    Items = '{% $states.input %}',
    ItemSelector = '{% $states.context.Map.Item.Value %}',
    MaxConcurrency = 0,
  } = definition;
  const evaluateItems = compileValue(Items, z.array(z.custom<Json>()), field.at('Items'));
  const evaluateConcurrency = compileValue(MaxConcurrency, z.int().nonnegative(), field.at('MaxConcurrency'));
  const selectItem = compileTemplate(ItemSelector, field.at('ItemSelector'));
  const iterate = compileFlow(definition.ItemProcessor, field.at('ItemProcessor'));
  const exit = compileExit(definition, field.seeing('result'));

  return compileRecovery(definition, field, async (visit) => {
    const { variables, surroundings } = visit;
    const scope = scopeOf(visit);
    const items = await evaluateItems(scope);
    const concurrency = Math.min((await evaluateConcurrency(scope)) || MOST_ITERATIONS, MOST_ITERATIONS);
    const result = await withSignal(surroundings.signal, (signal) =>
      mapConcurrently(items, concurrency, async (Value, Index) => {
        const context = { ...surroundings.context, Map: { Item: { Index, Value } } };
        const iteration = { ...surroundings, signal, context };
        const input = await selectItem(scopeOf({ ...visit, surroundings: iteration }));
        return iterate(input, variables, iteration);
      }),
    );
    return exit(scopeOf(visit, { result }), result);
  });
}

/** Works on at most `concurrency` items at a time, and starts them in order. */
async function mapConcurrently(
  items: readonly Json[],
  concurrency: number,
  work: (item: Json, index: number) => Promise<Json>,
): Promise<Json[]> {
  const results: Json[] = [];
  const remaining = items.entries();
  const worker = async () => {
    for (const [index, item] of remaining) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}
