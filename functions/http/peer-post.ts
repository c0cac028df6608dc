import { basicCredentials } from './basic-credentials.ts';
import { basicPost } from './basic-post.ts';
import type { Post } from './post.ts';
import { signedPost } from './signed-post.ts';

export interface Admission {
  /** Where the peer's credentials are. A peer of our own, the simulator, has none: it admits our role. */
  readonly secretArn: string | undefined;
  readonly region: string;
}

/** Posts to the URLs of a peer, by the way in which it admits us. */
export function peerPosts({ secretArn, region }: Admission): (url: string) => Post {
  if (secretArn === undefined) return (url) => signedPost(url, region);
  const credentials = basicCredentials(secretArn);
  return (url) => basicPost(url, credentials);
}
