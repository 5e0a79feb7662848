/** Who is at a queue: coordinators and workers say so every few seconds, with the program that they are. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { fail } from '../../common/diagnostics.js';

/** What is at a queue. */
export type Role = 'coordinator' | 'worker';

const SECONDS = 30;
const prefixOf = (role: Role): string => `lodestone:${role}:`;

/** Says that somebody is there, until the returned function is called. */
export async function announce(client: Redis, role: Role, identity: string): Promise<() => Promise<void>> {
  const key = `${prefixOf(role)}${randomUUID()}`;
  const say = async (): Promise<void> => void (await client.set(key, identity, 'EX', SECONDS));
  await say();
  const timer = setInterval(() => void say().catch(() => undefined), (SECONDS * 1000) / 3);
  return async () => {
    clearInterval(timer);
    await client.del(key).catch(() => undefined);
  };
}

/** The programs of those that are there. */
export async function whoIsThere(client: Redis, role: Role): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const keys of client.scanStream({ match: `${prefixOf(role)}*`, count: 1000 })) {
    const names: unknown = keys;
    if (!Array.isArray(names) || names.length === 0) continue;
    found.push(...(await client.mget(names.map(String))).filter((value) => value !== null));
  }
  return found;
}

/** Refuses a queue where all others are another program. @throws UserError that names both */
export async function checkPrograms(client: Redis, others: Role, identity: string, place: string): Promise<void> {
  const there = await whoIsThere(client, others);
  const [other] = there;
  if (other === undefined || there.includes(identity)) return;
  const message = `this is ${identity}, and the ${others} there is ${other}`;
  fail('version-differs', place, message, 'install the same version with the same Node on all machines');
}
