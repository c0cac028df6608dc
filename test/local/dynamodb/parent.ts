import { startDynamoDb } from '../../../local/dynamodb/engine.ts';

// A process to be killed: it has started the database, and says where.
const { endpoint } = await startDynamoDb({ region: 'eu-central-1', accountId: '000000000000' });
process.send?.(endpoint);
