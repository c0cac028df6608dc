import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { connectionTopic } from '../../vehicle-simulator/mqtt/connection.ts';

/** Who may connect, by name: the broker takes it as the client id as well. */
export interface Account {
  readonly name: string;
  readonly password: string;
}

/** The users that are no vehicles: each may do one thing only. */
export const SERVICE_USERS = {
  /** Publishes what the broker API takes. */
  publisher: 'broker-api',
  /** Reads what vehicles send. */
  rule: 'broker-rule',
  /** Reads which vehicles are connected. */
  monitor: 'connection-monitor',
} as const;

/** All that vehicles send to the backend; of one vehicle, or of all by MQTT's wildcard. */
export const sentTopics = (vin: string): string[] =>
  GENERATIONS.flatMap((generation) => [generation.answerTopic(vin), generation.reportTopic(vin)]);

const commandTopics = (vin: string): string[] =>
  GENERATIONS.map((generation) => generation.commandTopic(vin));

/** AWS IoT Core's limit for a message, so that what passes here passes there: 128 KB. */
const LARGEST_MESSAGE = 128 * 1024;

/** @returns mosquitto.conf */
export function configuration(files: { port: number; passwords: string; access: string }): string {
  return [
    `listener ${files.port} 127.0.0.1`,
    // Started by root, it would become a user that cannot read the files.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    'allow_anonymous false',
    `password_file ${files.passwords}`,
    `acl_file ${files.access}`,
    // Nobody takes over the session of somebody else.
    'use_username_as_clientid true',
    `message_size_limit ${LARGEST_MESSAGE}`,
    // Without a limit for what is under way: the backend publishes more than 20 commands at once.
    'max_inflight_messages 0',
    // What waits for the rule while the stage is busy. Not 0, for no limit: mosquitto 2.0.11 then throws out
    // whoever publishes to a forbidden topic.
    'max_queued_messages 100000',
    'connection_messages false',
    'log_dest stderr',
    'log_type error',
    'log_type warning',
    'log_type information',
    '',
  ].join('\n');
}

/** @returns the password file: a line for each account */
export const passwordFile = (accounts: readonly Account[]): string =>
  accounts.map(({ name, password }) => `${name}:${hashed(password)}\n`).join('');

/**
 * One round, where mosquitto_passwd does 101: rounds make guessing expensive, and nobody guesses 128 random bits.
 * 4,000 accounts take 50 ms, and not 450.
 */
const ROUNDS = 1;

/** As mosquitto_passwd writes it: PBKDF2 with HMAC-SHA512. */
function hashed(password: string): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, ROUNDS, 64, 'sha512');
  return `$7$${ROUNDS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** @returns the access list. What it does not allow is forbidden; a vehicle's user name is its VIN (`%u`). */
export function accessList(): string {
  const allow = (line: string) => (topic: string) => `${line} ${topic}`;
  return [
    `user ${SERVICE_USERS.publisher}`,
    ...commandTopics('+').map(allow('topic write')),
    `user ${SERVICE_USERS.rule}`,
    ...sentTopics('+').map(allow('topic read')),
    `user ${SERVICE_USERS.monitor}`,
    allow('topic read')(connectionTopic('+')),
    // For everybody, each with their own name in it.
    ...commandTopics('%u').map(allow('pattern read')),
    ...[...sentTopics('%u'), connectionTopic('%u')].map(allow('pattern write')),
    '',
  ].join('\n');
}
