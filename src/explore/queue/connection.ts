/** The connection to the queue: an address that somebody named, and a password that no message shows. */
import { requireParts } from '../../common/platform/require-parts.js';
import { fail } from '../../common/diagnostics.js';

/** Where the queue is. */
export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly isEncrypted: boolean;
  /** For messages: without user and password. */
  readonly text: string;
}

const REMEDY = 'as in redis://HOST:PORT, or rediss://HOST:PORT for an encrypted connection';

/** Reads `redis://[user[:password]@]host[:port][/db]`; `password` is that of a file or the environment. @throws UserError */
export function queueAddress(url: string, password?: string): QueueAddress {
  let read: URL;
  try {
    read = new URL(url);
  } catch {
    return fail('bad-value', '--queue', 'it is no address', REMEDY);
  }
  const { protocol, hostname, port, pathname } = read;
  // The URL itself is not shown: a password may stand in it.
  if (protocol !== 'redis:' && protocol !== 'rediss:')
    fail('bad-value', '--queue', `it begins with ${protocol}`, REMEDY);
  if (hostname === '') fail('bad-value', '--queue', 'it names no host', REMEDY);
  const db = /^\/(\d{1,4})$/.exec(pathname)?.[1];
  if (db === undefined && pathname !== '' && pathname !== '/') {
    fail('bad-value', '--queue', `${pathname} is no number of a database`, REMEDY);
  }
  const own = password ?? (read.password === '' ? undefined : decodeURIComponent(read.password));
  const number = port === '' ? 6379 : Number(port);
  return {
    ...{ host: hostname.replace(/^\[|\]$/g, ''), port: number, isEncrypted: protocol === 'rediss:' },
    ...(read.username !== '' && { username: decodeURIComponent(read.username) }),
    ...(own !== undefined && { password: own }),
    ...(db !== undefined && { db: Number(db) }),
    text: `${protocol}//${hostname}:${number}${db === undefined ? '' : `/${db}`}`,
  };
}

/** What queue and connections are opened with; they go on trying where the server is away for a while. */
export const connectionOf = ({ host, port, username, password, db, isEncrypted }: QueueAddress) => ({
  ...{ host, port, maxRetriesPerRequest: null },
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
  ...(db !== undefined && { db }),
  ...(isEncrypted && { tls: { servername: host } }),
});

/** Looks once whether the server is there and lets us in. @throws UserError */
export async function checkQueue(address: QueueAddress): Promise<void> {
  requireParts(['queue']);
  const { Redis } = await import('ioredis');
  const client = new Redis({
    ...connectionOf(address),
    ...{ lazyConnect: true, maxRetriesPerRequest: 0, connectTimeout: 5000, retryStrategy: () => null },
  });
  let last: unknown;
  client.on('error', (error: unknown) => (last = error));
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    const reason = messageOf(last ?? error);
    if (/NOAUTH|WRONGPASS|invalid password|without any password/i.test(reason)) {
      const remedy = 'give the password in LODESTONE_QUEUE_PASSWORD or with --queue-password-file';
      fail('queue-password', address.text, 'the server does not let us in: the password is missing or wrong', remedy);
    }
    fail(
      'queue-unreachable',
      address.text,
      `the server does not answer (${reason})`,
      'start Redis or Valkey there, or name another address',
    );
  } finally {
    client.disconnect();
  }
}

/** Messages of the server; never the password, which it does not repeat. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
