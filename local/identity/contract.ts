/** What clients and services must know of the identity provider; light, so that command-line tools start fast. */

/**
 * The one client: public, so without a secret. Access tokens are made for it too, as those of a stage's user pool are,
 * which the provider plays.
 */
export const CLIENT_ID = 'my-app';

/** Where it is mounted at the API's origin. */
export const MOUNT_PATH = '/oidc';

/**
 * Demo users have no passwords and there is nobody to ask, so no grant type of OAuth fits. With this one a client
 * says who logs in: `POST /oidc/token` with the form fields `grant_type`, `client_id` and `username`.
 */
export const LOGIN_GRANT = 'urn:remote-vehicle-services:grant-type:demo-user';
