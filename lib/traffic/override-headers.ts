/** The headers by which a request picks its environment at the front door; one without the other does nothing. */
export const ENVIRONMENT_HEADER = 'x-environment';
export const TEST_SECRET_HEADER = 'x-test-secret';
