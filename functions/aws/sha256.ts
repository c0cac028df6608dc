import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';

type Data = string | ArrayBuffer | ArrayBufferView;

const bytes = (data: Data): NodeJS.ArrayBufferView | string =>
  data instanceof ArrayBuffer ? new Uint8Array(data) : (data as NodeJS.ArrayBufferView | string);

/** SHA-256 by Node, keyed or not, in the form that the signer of `@smithy/signature-v4` asks for. */
export class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: Data) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: Data): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}
