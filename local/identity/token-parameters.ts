import { CLIENT_ID } from './contract.ts';

/** Stands for the issuer until the API listens and its URL is known. */
export const ISSUER_PLACEHOLDER = 'https://identity.local.invalid';

/** The stacks' parameters that say whose tokens the API takes. */
export const TOKEN_PARAMETERS = { TokenIssuer: ISSUER_PLACEHOLDER, TokenAudience: CLIENT_ID };
