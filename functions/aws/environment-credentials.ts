/**
 * Takes the place of `@aws-sdk/credential-provider-node` in bundles, see `lib/bundle.ts`: of the places in which that
 * looks for credentials (files, single sign-on, processes, metadata services …), Lambda has one.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
