import { CommandRequest } from '../request.ts';
import { enrich } from './enrich.ts';

export const handler = async (event: unknown) => enrich(CommandRequest.parse(event));
