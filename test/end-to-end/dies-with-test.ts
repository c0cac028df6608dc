import { isMainThread } from 'node:worker_threads';

// Preloaded into a stage of its own process group: if the test is broken off, the stage must not run on.
// The test holds the other end of its standard input.
if (isMainThread) process.stdin.on('end', () => process.kill(0, 'SIGKILL')).resume();
