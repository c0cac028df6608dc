import type { Adapter, AdapterFactory } from 'oidc-provider';

/** The provider only issues JWTs, which it does not store, so there is nothing to keep or to find. */
export const storelessAdapter: AdapterFactory = (name) => {
  const store = async (): Promise<void> => {
    throw new Error(`The identity provider does not store a ${name}`);
  };
  const nothing = async (): Promise<undefined> => undefined;
  return {
    upsert: store,
    consume: store,
    find: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    destroy: nothing,
    revokeByGrantId: nothing,
  } satisfies Adapter;
};
