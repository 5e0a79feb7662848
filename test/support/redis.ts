/** A Redis server of a test: its own port, its own folder, ended with the test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Why tests with a server are left out; empty where there is one. */
export const noRedis =
  spawnSync('redis-server', ['--version']).status === 0 ? '' : ' (skipped: there is no redis-server)';

/** A running server. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends it and starts it again on the same port, with what it wrote down. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

/** Starts a server that keeps everything in `folder`. */
export async function startRedis(folder: string, password?: string): Promise<RedisServer> {
  const port = await freePort();
  const options = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'],
    ...(password === undefined ? [] : ['--requirepass', password]),
  ];
  const start = async (): Promise<ChildProcess> => {
    const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const text of child.stdout) if (String(text).includes('Ready to accept connections')) break;
    child.stdout.resume();
    return child;
  };
  let child = await start();
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    restart: async () => {
      await stop();
      child = await start();
    },
    stop,
  };
}
