import { startMosquitto } from '../../../local/mqtt/mosquitto.ts';

// A process to be killed: it has started the broker, and says where.
const { port } = await startMosquitto([], () => undefined);
process.send?.(port);
