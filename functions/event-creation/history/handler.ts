import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type {
  APIGatewayProxyEventHeaders,
  APIGatewayProxyResult,
  APIGatewayProxyWithLambdaAuthorizerEvent,
} from 'aws-lambda';
import * as z from 'zod';
import { awsClient } from '../../aws/client.ts';
import { readEnvironment } from '../../environment.ts';
import { vehicleHistory } from '../../persistence/vehicle-history.ts';
import { vehicleStore } from '../../persistence/vehicle-store.ts';
import { NO_SUCH_VEHICLE } from '../request.ts';
import { history } from './history.ts';

const { EVENTS_TABLE, VEHICLES_TABLE } = readEnvironment({
  EVENTS_TABLE: z.string(),
  VEHICLES_TABLE: z.string(),
});
const dynamoDb = awsClient(DynamoDBClient, 'dynamodb');
const dependencies = {
  findVehicle: vehicleStore(dynamoDb, VEHICLES_TABLE),
  readHistory: vehicleHistory(dynamoDb, EVENTS_TABLE),
};

export async function handler({
  headers,
  pathParameters,
  queryStringParameters,
  requestContext,
}: APIGatewayProxyWithLambdaAuthorizerEvent<{ principalId: string }>): Promise<APIGatewayProxyResult> {
  const page = await history(
    {
      vin: pathParameters?.vin ?? '',
      user: requestContext.authorizer.principalId,
      before: queryStringParameters?.before,
    },
    dependencies,
  );
  const answer = (statusCode: number, body: unknown): APIGatewayProxyResult => ({
    statusCode,
    headers: { 'content-type': 'application/json', ...correlationId(headers) },
    body: JSON.stringify(body),
  });
  if (page === undefined) return answer(404, { statusCode: 404, message: NO_SUCH_VEHICLE });
  return answer(200, page);
}

/** The request's, which comes back. Names of headers are as the client wrote them. */
function correlationId(headers: APIGatewayProxyEventHeaders | null): Record<string, string> {
  const [, value] =
    Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'x-correlation-id') ?? [];
  return value === undefined ? {} : { 'x-correlation-id': value };
}
