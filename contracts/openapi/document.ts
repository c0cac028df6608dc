import { createDocument } from 'zod-openapi';
import { HistoryPage } from '../../functions/persistence/vehicle-history.ts';
import packageJson from '../../package.json' with { type: 'json' };
import {
  Accepted,
  ErrorAnswer,
  ErrorDetails,
  EventPosition,
  EventStatus,
  InFlight,
  Reason,
} from '../answers.ts';
import { readable } from '../readable.ts';
import { DESCRIPTION } from './description.ts';
import { FOLLOWING_TAG, following } from './following.ts';
import { TRIGGER_TAG, triggers } from './triggers.ts';

/** The app's interface, from the catalogue and the schemas that requests are checked with. */
export const openApi = () =>
  createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Remote vehicle services',
        version: packageJson.version,
        summary: 'The interface of the app',
        description: DESCRIPTION,
        license: { name: packageJson.license, identifier: packageJson.license },
      },
      servers: [
        { url: '/', description: 'The local stage that shows this page: http://127.0.0.1:3000 by default' },
        {
          url: 'https://{api}.execute-api.{region}.amazonaws.com/api',
          description: 'A deployed stage: the output `ApiUrl` of its stack `blue`',
          variables: { api: { default: 'api-id' }, region: { default: 'eu-central-1' } },
        },
      ],
      tags: [
        { name: TRIGGER_TAG, description: 'Ask a vehicle for something.' },
        { name: FOLLOWING_TAG, description: 'See what became of it.' },
      ],
      security: [{ bearer: [] }],
      paths: { ...triggers(), ...following() },
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'An access token of the stage’s OpenID Connect provider. `npm run token` prints one of the local stage.',
          },
        },
        schemas: {
          Accepted,
          Error: ErrorAnswer,
          ErrorDetails,
          EventPosition,
          EventStatus,
          HistoryPage,
          InFlight,
          StatusReason: Reason,
        },
      },
    },
    { override: readable },
  );
