import type { RemoteService } from '../functions/remote-services/remote-service.ts';

type Body = RemoteService['example'];

/** The HTTP request, a POST, by which an app asks for a remote service. */
export interface TriggerRequest {
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Stands where apps put the user's id, which the API does not look at: the token says who it is. */
const GCID = 'me';

/** Names the vehicle where the catalogue says that the service expects it. */
export function triggerRequest(
  { trigger: { path, query, vin: place }, example }: RemoteService,
  vin: string,
  body: Body = example,
): TriggerRequest {
  const parameters = query === undefined ? '' : `?${query.name}=${query.value}`;
  return {
    path: `${path.replace('{vin}', encodeURIComponent(vin)).replace('{gcid}', GCID)}${parameters}`,
    headers: { 'content-type': 'application/json', ...(place === 'header' ? { 'bmw-vin': vin } : {}) },
    body: JSON.stringify(place === 'body' ? { ...body, vehicleInformation: { vin } } : body),
  };
}
