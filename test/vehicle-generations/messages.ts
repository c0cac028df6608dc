import fc from 'fast-check';
import type {
  VehicleAnswer,
  VehicleCommand,
  VehicleReport,
} from '../../functions/vehicle-generations/vehicle-message.ts';

const anyText = fc.string({ unit: 'binary' });
const uuid = fc.uuid({ version: [1, 4, 7] });

/** Since the first connected cars. */
const time = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Any object that JSON can tell, but for a name that zod passes over. */
const parameters = fc
  .dictionary(anyText, fc.jsonValue({ stringUnit: 'binary' }))
  .map((value) => JSON.stringify(value))
  .filter((text) => !text.includes('__proto__'))
  .map((text): VehicleCommand['parameters'] => JSON.parse(text));

export const commands: fc.Arbitrary<VehicleCommand> = fc.record({
  commandId: uuid,
  service: fc.string({ unit: 'binary', minLength: 1 }),
  issuedAt: time,
  expiresAt: time,
  parameters,
});

export const answers: fc.Arbitrary<VehicleAnswer> = fc.record(
  {
    messageId: uuid,
    commandId: uuid,
    service: fc.string({ unit: 'binary', minLength: 1 }),
    state: fc.constantFrom('ACKNOWLEDGED', 'IN_PROGRESS', 'EXECUTED', 'REJECTED'),
    code: fc.string({ unit: 'binary', maxLength: 100 }),
    result: parameters,
  },
  { requiredKeys: ['messageId', 'commandId', 'service', 'state'] },
);

export const reports: fc.Arbitrary<VehicleReport> = fc.record({
  messageId: uuid,
  report: fc.string({ unit: 'binary', minLength: 1 }),
  occurredAt: time,
  data: parameters,
});

/** A VIN. */
export const vins: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...'ABCDEFGHJKLMNPRSTUVWXYZ0123456789'),
  minLength: 17,
  maxLength: 17,
});
