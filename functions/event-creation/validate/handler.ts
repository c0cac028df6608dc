import { CommandRequest } from '../request.ts';
import { validate } from './validate.ts';

export const handler = async (event: unknown) => validate(CommandRequest.parse(event));
