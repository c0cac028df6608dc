import { AwsError, type Json, type JsonObject } from '../aws.ts';
import type { MessageAttributes } from './fauxqs.ts';

/** A message of SNS, or of SQS in a queue that sets no other limit; bytes, with its attributes. */
export const MESSAGE_LIMIT = 262_144;

const ATTRIBUTE_LIMIT = 10;

/** Refuses parameters that this stage would ignore. @throws AwsError that names the first of them */
export function refuseUnknown(action: string, input: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(input).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new AwsError(
      'InvalidParameterValue',
      `The local stage does not know ${action}'s parameter ${unknown}`,
    );
  }
}

/** @throws AwsError `InvalidParameterValue` if it is no text */
export function text(name: string, value: Json | undefined): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new AwsError('InvalidParameterValue', `${name} must be a text that is not empty`);
}

/**
 * Message attributes as SNS and SQS accept them; fauxqs takes any.
 * @throws AwsError `InvalidParameterValue`
 */
export function messageAttributes(value: Json | undefined): MessageAttributes {
  if (value === undefined) return {};
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new AwsError('InvalidParameterValue', 'MessageAttributes must be an object');
  }
  const attributes = value as unknown as MessageAttributes;
  for (const [name, attribute] of Object.entries(attributes)) checkAttribute(name, attribute);
  return attributes;
}

/** SQS limits their number, and so does raw delivery from SNS. @throws AwsError `InvalidParameterValue` */
export function checkAttributeCount(attributes: MessageAttributes): void {
  const count = Object.keys(attributes).length;
  if (count > ATTRIBUTE_LIMIT) {
    throw new AwsError(
      'InvalidParameterValue',
      `Number of message attributes [${count}] exceeds the allowed maximum [${ATTRIBUTE_LIMIT}].`,
    );
  }
}

function checkAttribute(name: string, attribute: MessageAttributes[string]): void {
  const refuse = (reason: string): never => {
    throw new AwsError('InvalidParameterValue', `The message attribute '${name}' ${reason}.`);
  };
  if (attribute === null || typeof attribute !== 'object') refuse('must be an object');
  const { DataType, StringValue, BinaryValue } = attribute;
  const type = /^(String|Number|Binary)(\..+)?$/.exec(DataType)?.[1];
  if (type === undefined) refuse(`has an invalid message attribute type '${DataType}'`);
  const value = type === 'Binary' ? BinaryValue : StringValue;
  if (typeof value !== 'string' || value === '') {
    refuse(`must contain non-empty message attribute value for message attribute type '${DataType}'`);
  }
  if (type === 'Number' && Number.isNaN(Number(value))) refuse(`has a value that is no number: ${value}`);
}
