import { expect, it, onTestFinished } from 'vitest';
import { CodeLoader, SourcesDoNotBuild, TemplatesDiffer } from '../../local/code-loader.ts';
import { createLambdaFunction } from '../../local/lambda/function.ts';
import { emptyFolder, type Stacks, writeAssembly } from './assembly-folder.ts';

const saying = (text: string) => `export const handler = async () => '${text}';`;
const stacks = (blue: string, green: string, shared = 'shared'): Stacks => ({
  'remote-services-dev-x-shared': { functions: { Poll: saying(shared) } },
  'remote-services-dev-x-blue': { functions: { Send: saying(blue), Check: saying('check') } },
  'remote-services-dev-x-green': { functions: { Send: saying(green), Check: saying('check') } },
});

/** A loader over running functions; `sources` is what is synthesised from now on. */
function start(first = stacks('old', 'old')) {
  const assembly = emptyFolder();
  writeAssembly(assembly, first);
  let sources: Stacks | Error = first;
  const names = ['shared-Poll', 'blue-Send', 'blue-Check', 'green-Send', 'green-Check'];
  const functions = new Map(
    names.map((name) => {
      const [environment = '', logicalId = ''] = name.split('-');
      const code = first[`remote-services-dev-x-${environment}`]?.functions?.[logicalId] ?? '';
      const lambda = createLambdaFunction(
        {
          name,
          codeDir: `${assembly}/asset.${Buffer.from(code).toString('hex')}`,
          handler: 'index.handler',
          environment: {},
          timeoutSeconds: 10,
          memoryMb: 128,
          role: '',
          maxConcurrency: 1,
        },
        () => undefined,
      );
      onTestFinished(() => lambda.stop());
      return [name, lambda];
    }),
  );
  const loader = new CodeLoader({
    assembly,
    synthesise: async (outdir) => {
      if (sources instanceof Error) throw sources;
      writeAssembly(outdir, sources);
    },
    functionNamed: (name) => functions.get(name),
  });
  onTestFinished(() => loader.close());
  const answers = async (...of: string[]) =>
    Promise.all(
      of.map(async (name) => {
        const result = await functions.get(name)?.invoke(null);
        return result?.ok ? result.payload : result?.errorMessage;
      }),
    );
  return {
    loader,
    answers,
    functions,
    change: (to: Stacks | Error) => {
      sources = to;
    },
  };
}

it('code goes into one environment, and the other one runs on untouched', async () => {
  const { loader, answers, functions, change } = start();
  expect(await answers('blue-Send', 'green-Send')).toEqual(['old', 'old']);
  const before = loader.versions();
  expect(before.blue).toEqual(before.green);

  change(stacks('new', 'new', 'new'));
  expect(await loader.load({ environment: 'green' })).toEqual({ changed: ['green-Send'], differing: [] });
  expect(await answers('blue-Send', 'green-Send', 'shared-Poll')).toEqual(['old', 'new', 'shared']);
  const after = loader.versions();
  expect(after.blue).toEqual(before.blue);
  expect(after.green).not.toEqual(before.green);

  // What is started anew, too.
  functions.get('blue-Send')?.reload();
  expect(await answers('blue-Send', 'green-Send')).toEqual(['old', 'new']);
});

it('each environment may have a code of its own, and go back', async () => {
  const { loader, answers, change } = start();
  const before = loader.versions();
  change(stacks('second', 'second'));
  await loader.load({ environment: 'blue' });
  change(stacks('third', 'third'));
  await loader.load({ environment: 'green' });
  expect(await answers('blue-Send', 'green-Send')).toEqual(['second', 'third']);
  change(stacks('old', 'old'));
  expect((await loader.load({ environment: 'blue' })).changed).toEqual(['blue-Send']);
  expect(await answers('blue-Send', 'green-Send')).toEqual(['old', 'third']);
  expect(loader.versions().blue).toEqual(before.blue);
});

it('code goes into the whole stage', async () => {
  const { loader, answers, change } = start();
  change(stacks('new', 'new', 'new'));
  const { changed } = await loader.load();
  expect(changed.toSorted()).toEqual(['blue-Send', 'green-Send', 'shared-Poll']);
  expect(await answers('blue-Send', 'green-Send', 'shared-Poll')).toEqual(['new', 'new', 'new']);
  expect((await loader.load()).changed).toEqual([]);
});

it('several at once come one after the other', async () => {
  const { loader, answers, change } = start();
  change(stacks('new', 'new'));
  const [one, other] = await Promise.all([
    loader.load({ environment: 'blue' }),
    loader.load({ environment: 'blue' }),
  ]);
  expect([one.changed, other.changed]).toEqual([['blue-Send'], []]);
  expect(await answers('blue-Send')).toEqual(['new']);
});

it('nothing is loaded if more than code differs, unless it is wanted', async () => {
  const { loader, answers, change } = start();
  const more = stacks('new', 'new');
  change({
    ...more,
    'remote-services-dev-x-traffic': { others: { Routing: { Type: 'AWS::SQS::Queue' } } },
  });
  const refused = loader.load({ environment: 'green' });
  await expect(refused).rejects.toThrow(TemplatesDiffer);
  await expect(refused).rejects.toThrow(/remote-services-dev-x-traffic\/Routing/);
  expect(await answers('green-Send')).toEqual(['old']);

  const { changed, differing } = await loader.load({ environment: 'green', evenIfTemplatesDiffer: true });
  expect(changed).toEqual(['green-Send']);
  expect(differing).toEqual(['remote-services-dev-x-traffic/Routing']);
  expect(await answers('green-Send')).toEqual(['new']);
});

it('sources that do not build change nothing, and the next ones are loaded', async () => {
  const { loader, answers, change } = start();
  change(new Error('a comma is missing'));
  const refused = loader.load();
  await expect(refused).rejects.toThrow(SourcesDoNotBuild);
  await expect(refused).rejects.toThrow('a comma is missing');
  change(stacks('new', 'old'));
  expect((await loader.load()).changed).toEqual(['blue-Send']);
  expect(await answers('blue-Send')).toEqual(['new']);
});
