import * as z from 'zod';

/**
 * What a simulated vehicle says of its connection, for whoever watches the fleet: `lost` is its last will, which the
 * broker publishes for it.
 */
export const ConnectionState = z.enum(['online', 'asleep', 'lost']);
export type ConnectionState = z.infer<typeof ConnectionState>;

/** The same for all generations: it is the simulator's own, the backend does not read it. */
export const connectionTopic = (vin: string): string => `vehicles/${vin}/connection`;
