import type { ValidateFunction } from 'ajv';
import { Stack } from 'aws-cdk-lib';
import { CfnModel } from 'aws-cdk-lib/aws-apigateway';
import fc, { type GeneratorValue } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import type { RemoteService } from '../../functions/remote-services/remote-service.ts';
import { ServiceApi } from '../../lib/rest-api.ts';
import { stageConfig } from '../../lib/stages.ts';
import { Models } from '../../local/api-gateway/validator.ts';
import { VIN } from '../factories.ts';
import { api } from '../local/api-gateway/support.ts';

const stack = new Stack();
const serviceApi = new ServiceApi(stack, 'Api', stageConfig('test'), { description: 'of the test' });

/** The model of a service's body as the template has it, as API Gateway reads it. */
function bodyValidator({ serviceType, request }: RemoteService): ValidateFunction {
  const { 'application/json': model } = serviceApi.bodyModel(serviceType, serviceType, request);
  const resource = model?.node.defaultChild;
  if (!(resource instanceof CfnModel)) throw new Error('The model has no resource');
  const models = [
    { name: serviceType, schema: stack.resolve(resource.schema), contentType: 'application/json' },
  ];
  return new Models(api({ models })).compile(serviceType);
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Values that are at home somewhere in a body, or just beside what is. */
const VALUES: readonly Json[] = [
  ...[null, true, false, '', 'x', 'x'.repeat(40), 'x'.repeat(41), 'x'.repeat(1000), 'x'.repeat(1001)],
  ...[
    -181, -180, -90.5, -90, -1, -0.5, 0, 0.5, 1, 5, 6, 10, 11, 15, 16.5, 20, 32, 33, 75, 77, 80, 81, 90, 91,
    100, 105,
  ],
  ...[180, 180.5, 2 ** 53, 1e300, VIN, VIN.toLowerCase(), `${VIN}\n`, '20', 'true', 'null'],
  ...['0001-01-01T07:30:00', '0001-01-01T07:30:00.000', '0001-01-01T24:00:00.000', '0001-01-02T07:30:00'],
  ...['MONDAY', 'ACTIVATE', 'DEACTIVATE', 'TIME_SLOT', 'CHARGING_IMMEDIATELY', 'NO_PRESELECTION'],
  ...[{}, [], [{}], [null], { position: { lat: 0, lng: 0 } }, { vin: VIN }, ['SUNDAY'], { a: { b: 1 } }],
];
const NAMES = ['chargingTarget', 'acLimitValue', 'timerAction', 'other', '', 'constructor', 'toString'];

/** Not with this name: zod passes over it, and API Gateway does not. */
const PASSED_OVER = '__proto__';

const anything = fc
  .jsonValue({ maxDepth: 2 })
  .map((value) => JSON.stringify(value))
  .filter((text) => !text.includes(PASSED_OVER))
  .map((text): Json => JSON.parse(text));
const names = fc.oneof(fc.constantFrom(...NAMES), fc.string()).filter((name) => name !== PASSED_OVER);

/** Something else: often of the same type. */
const insteadOf = (value: Json) =>
  fc.oneof(
    fc.constantFrom(...VALUES.filter((other) => typeof other === typeof value)),
    fc.constantFrom(...VALUES),
    anything,
  );

/** The body with something else in one place. */
function mutated(body: Json, draw: GeneratorValue): Json {
  if (typeof body !== 'object' || body === null || draw(fc.nat, { max: 19 }) === 0) {
    return draw(insteadOf, body);
  }
  const entries = Object.entries(body);
  const change = draw(() => fc.constantFrom('within', 'within', 'within', 'remove', 'add'));
  if (change === 'add' || entries.length === 0) {
    const added = draw(insteadOf, entries[0]?.[1] ?? null);
    return Array.isArray(body) ? [...body, added] : { ...body, [draw(() => names)]: added };
  }
  const chosen = draw(fc.nat, { max: entries.length - 1 });
  const changed = entries.flatMap(([name, value], index): [string, Json][] => {
    if (index !== chosen) return [[name, value]];
    return change === 'remove' ? [] : [[name, mutated(value, draw)]];
  });
  return Array.isArray(body) ? changed.map(([, value]) => value) : Object.fromEntries(changed);
}

describe.each(CATALOGUE)('the JSON schema of $serviceType', (service) => {
  const { request, example } = service;
  const validate = bodyValidator(service);

  test('accepts the example', () => {
    expect(validate(example)).toBe(true);
  });

  test('accepts and refuses what the zod schema does', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.gen(), (twice, draw) => {
        const once = mutated(example, draw);
        const body = twice ? mutated(once, draw) : once;
        expect(validate(body)).toBe(request.safeParse(body).success);
      }),
      // What it draws is short already, and takes for ever to shrink.
      { numRuns: 500, endOnFailure: true },
    );
  });

  test('accepts and refuses any JSON as the zod schema does', () => {
    fc.assert(
      fc.property(anything, (body) => {
        expect(validate(body)).toBe(request.safeParse(body).success);
      }),
    );
  });
});
