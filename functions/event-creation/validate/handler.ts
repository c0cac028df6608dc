import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { readEnvironment } from '../../environment.ts';
import { vehicleStore } from '../../persistence/vehicle-store.ts';
import { CommandRequest } from '../request.ts';
import { validate } from './validate.ts';

const { VEHICLES_TABLE } = readEnvironment({ VEHICLES_TABLE: z.string() });
const findVehicle = vehicleStore(new DynamoDBClient(), VEHICLES_TABLE);

export const handler = (event: unknown) => validate(CommandRequest.parse(event), { findVehicle });
