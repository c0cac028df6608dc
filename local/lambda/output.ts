import type { WriteStream } from 'node:tty';

type Post = (lines: string) => void;

/**
 * Hands what this thread prints to `post`, whole lines at a time and at once: whatever the function does next,
 * the line has left. Node's own way, a stream for each of stdout and stderr, costs twice as much and loses
 * their common order.
 * @returns posts a last line that has no end
 */
export function captureOutput(post: Post): () => void {
  const flushes = [process.stdout, process.stderr].map((stream) => capture(stream, post));
  return () => {
    for (const flush of flushes) flush();
  };
}

function capture(stream: WriteStream, post: Post): () => void {
  const decoder = new TextDecoder();
  let line = '';
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    line += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const end = line.lastIndexOf('\n');
    if (end >= 0) {
      post(line.slice(0, end));
      line = line.slice(end + 1);
    }
    const written = rest.at(-1);
    if (typeof written === 'function') process.nextTick(written);
    return true;
  };
  return () => {
    if (line !== '') post(line);
    line = '';
  };
}
