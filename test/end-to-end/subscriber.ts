import { request } from './app.ts';
import type { TestStage } from './stage.ts';

/** What the subscriber was told of a command or a report: one entry for each delivery. */
export async function notifications(stage: TestStage, eventId: string): Promise<Record<string, unknown>[]> {
  const url = stage.localUrl(stage.output('NotificationsUrl'));
  const headers = {
    authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/execute-api/aws4_request',
  };
  const { body } = await request(`${url}/${eventId}`, { headers });
  return body;
}
