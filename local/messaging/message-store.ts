import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { Transactions } from '../storage/transactions.ts';
import type { SqsMessage } from './fauxqs.ts';

/** Where queues keep their messages, so that they outlive the process: a put that has returned is not lost. */
export interface MessageStore {
  /** The queue's messages, the oldest first. Those that were in flight are among them: nobody holds them now. */
  load(queueArn: string): SqsMessage[];
  /** Adds a message; one that another queue held moves from there in a single step. */
  put(queueArn: string, message: SqsMessage): void;
  /** Keeps how often messages have been received, and when first; a kill may take the last times back. */
  received(messages: readonly SqsMessage[]): void;
  /** A kill may take that back shortly after: messages are delivered at least once. */
  delete(message: SqsMessage): void;
  purge(queueArn: string): void;
  /** Makes all writes of an action durable at once, when it ends: all or none survive a kill. */
  together<T>(action: () => T): T;
}

const Attribute = z.object({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});

/** What does not change while a message waits. */
const Content = z.object({
  messageId: z.string(),
  body: z.string(),
  md5OfBody: z.string(),
  messageAttributes: z.record(z.string(), Attribute),
  md5OfMessageAttributes: z.string(),
  sentTimestamp: z.number(),
  delayUntil: z.number().optional(),
});

const Row = z.object({
  id: z.int(),
  content: z.string(),
  receive_count: z.int(),
  first_received: z.number().nullable(),
});

/** Keeps them in a table of the database, which it creates if it is missing. */
export function createMessageStore(database: DatabaseSync, transactions: Transactions): MessageStore {
  database.exec(`
    CREATE TABLE IF NOT EXISTS messages (
      id INTEGER PRIMARY KEY,
      queue TEXT NOT NULL,
      content TEXT NOT NULL,
      receive_count INTEGER NOT NULL,
      first_received INTEGER
    ) STRICT;
    CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue);
  `);
  const select = database.prepare('SELECT * FROM messages WHERE queue = ? ORDER BY id');
  const insert = database.prepare(
    'INSERT INTO messages (queue, content, receive_count, first_received) VALUES (?, ?, ?, ?)',
  );
  const move = database.prepare(
    'UPDATE messages SET queue = ?, receive_count = ?, first_received = ? WHERE id = ?',
  );
  const count = database.prepare('UPDATE messages SET receive_count = ?, first_received = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM messages WHERE id = ?');
  const removeAll = database.prepare('DELETE FROM messages WHERE queue = ?');

  // Not by the message's id: a queue may hold copies of one message.
  const rows = new WeakMap<SqsMessage, number | bigint>();

  return {
    load: (queueArn) =>
      z
        .array(Row)
        .parse(select.all(queueArn))
        .map(({ id, content, receive_count, first_received }) => {
          const message: SqsMessage = {
            ...Content.parse(JSON.parse(content)),
            approximateReceiveCount: receive_count,
            ...(first_received === null ? {} : { approximateFirstReceiveTimestamp: first_received }),
          };
          rows.set(message, id);
          return message;
        }),

    put(queueArn, message) {
      const { approximateReceiveCount, approximateFirstReceiveTimestamp, ...content } = message;
      const received = [approximateReceiveCount, approximateFirstReceiveTimestamp ?? null] as const;
      const id = rows.get(message);
      transactions.now(() => {
        if (id !== undefined) move.run(queueArn, ...received, id);
        else rows.set(message, insert.run(queueArn, JSON.stringify(content), ...received).lastInsertRowid);
      });
    },

    received: (messages) =>
      transactions.soon(() => {
        for (const message of messages) {
          const { approximateReceiveCount, approximateFirstReceiveTimestamp = null } = message;
          count.run(approximateReceiveCount, approximateFirstReceiveTimestamp, rows.get(message) ?? null);
        }
      }),

    delete(message) {
      transactions.soon(() => {
        remove.run(rows.get(message) ?? null);
      });
    },

    purge(queueArn) {
      transactions.now(() => {
        removeAll.run(queueArn);
      });
    },

    together: transactions.now,
  };
}
