import validate from 'asl-validator';
import * as z from 'zod';

/** A definition as far as these tests take it apart: who leads where. */
const Rule = z.looseObject({ Next: z.string().optional() });
const State = z.looseObject({
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(Rule).optional(),
  Catch: z.array(Rule).optional(),
  get Branches() {
    return z.array(Flow).optional();
  },
});
const Flow = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), State) });
type Flow = z.infer<typeof Flow>;

/** Every flow: of the machine, and of the branches in it. */
function flowsOf(flow: Flow): Flow[] {
  const branches = Object.values(flow.States).flatMap(({ Branches = [] }) => Branches);
  return [flow, ...branches.flatMap(flowsOf)];
}

export const stateNames = (definition: string): string[] =>
  flowsOf(Flow.parse(JSON.parse(definition))).flatMap(({ States }) => Object.keys(States));

/** What a validator of the Amazon States Language says against the definition; it knows no JSONata. */
export function faultsOf(definition: string): string[] {
  const { isValid, errorsText } = validate(JSON.parse(definition));
  return isValid ? [] : errorsText('\n').split('\n');
}

export interface Mutant {
  /** `Claim: Catch 0 leads to Dispatch` */
  readonly name: string;
  readonly state: string;
  readonly definition: string;
}

/** The definition with one transition lost, or leading to another state, or with one rule or catcher less. */
export function mutantsOf(definition: string): Mutant[] {
  const mutants: Mutant[] = [];
  const machine = Flow.parse(JSON.parse(definition));

  for (const { States } of flowsOf(machine)) {
    const names = Object.keys(States);
    for (const [state, definitionOfState] of Object.entries(States)) {
      /** Notes the machine as it is with another value in this place. */
      const mutate = <Key extends string, Value>(
        place: string,
        holder: { [K in Key]?: Value },
        key: Key,
        value: Value,
      ) => {
        const before = holder[key];
        holder[key] = value;
        mutants.push({ name: `${state}: ${place}`, state, definition: JSON.stringify(machine) });
        holder[key] = before;
      };
      const transition = <Key extends string>(
        place: string,
        holder: { [K in Key]?: string | undefined },
        key: Key,
      ) => {
        const target = holder[key];
        if (target === undefined) return;
        mutate(`${place} is lost`, holder, key, undefined);
        const other = names.find((name) => name !== target);
        if (other !== undefined) mutate(`${place} leads to ${other}`, holder, key, other);
      };

      transition('Next', definitionOfState, 'Next');
      transition('Default', definitionOfState, 'Default');
      for (const list of ['Choices', 'Catch'] as const) {
        const rules = definitionOfState[list] ?? [];
        for (const [index, rule] of rules.entries()) {
          transition(`the Next of ${list} ${index}`, rule, 'Next');
          mutate(`${list} ${index} is lost`, definitionOfState, list, rules.toSpliced(index, 1));
        }
      }
    }
  }
  return mutants;
}
