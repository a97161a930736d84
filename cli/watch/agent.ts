import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { delayBefore } from '../api/retry.ts';
import type { Registered } from '../api/wire.ts';
import { type CachedSession, readSession } from '../cache/session-file.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { listFiles } from './changes.ts';
import type { RegisteredKeys } from './registered-keys.ts';

/** Has a session held, with the credentials that fit its access portal. */
export type Register = (session: CachedSession) => Promise<Registered & { isNew: boolean }>;

export interface AgentDeps {
  readonly folder: string;
  /** Part of what is remembered: another API does not know what this one holds. */
  readonly api: string;
  /** Undefined if sessions of this access portal are not to be sent. */
  registerFor(session: CachedSession): Register | undefined;
  readonly registered: RegisteredKeys;
  now(): number;
  say(line: string): void;
}

export interface Agent {
  /** Looks once at all that changed, and registers what is due. @returns milliseconds until something is due by itself */
  look(): Promise<number>;
}

/** How often the folder is listed even if nothing told of a change, in milliseconds. */
export const LISTING_MILLIS = 4_000;
/** How soon a file is read again that was being written. */
const HALF_WRITTEN_MILLIS = 250;
/** After so many looks it is no file that somebody writes but one that is broken: it is read again when it changes. */
const MAX_HALVES = 20;
/** What is refused for good is not asked again; what may be allowed later is asked as seldom as this. */
const REFUSED_MILLIS = 15 * 60_000;

interface Known {
  version: string;
  session: CachedSession | undefined;
  /** Attempts that failed in a row. */
  failures: number;
  /** Not before this time, in milliseconds since the epoch. */
  dueAt: number;
  /** How often in a row it was read while somebody was writing it. */
  halves: number;
}

/** No file has this version, so it is read again. */
const BEING_WRITTEN = '';

/**
 * What the agent does, without what wakes it. It knows only the files that are there now: memory does not grow with the
 * number of changes. A file is read again only if it changed, or was being written.
 */
export function createAgent(deps: AgentDeps): Agent {
  const files = new Map<string, Known>();

  async function read(name: string, version: string): Promise<void> {
    const result = await readSession(join(deps.folder, name));
    const halves = result === 'half-written' ? (files.get(name)?.halves ?? 0) + 1 : 0;
    const isHalf = halves > 0 && halves < MAX_HALVES;
    const session = typeof result === 'string' ? undefined : result;
    const dueAt = isHalf ? deps.now() + HALF_WRITTEN_MILLIS : 0;
    files.set(name, { version: isHalf ? BEING_WRITTEN : version, session, failures: 0, dueAt, halves });
  }

  function keyOf({ key }: CachedSession): string {
    return createHash('sha256')
      .update(JSON.stringify([deps.api, key]))
      .digest('base64url');
  }

  /** Whether it is to be registered at some time. */
  function isOpen({ session }: Known): boolean {
    if (!session || deps.registered.has(keyOf(session))) return false;
    // The portal would reject it: its refreshed file is another one.
    if (session.expiresAt !== undefined && session.expiresAt <= deps.now()) return false;
    return deps.registerFor(session) !== undefined;
  }

  async function attempt(known: Known, session: CachedSession): Promise<void> {
    const register = deps.registerFor(session);
    try {
      const { sessionId, expiresAt, refreshable } = (await register?.(session)) ?? {};
      deps.registered.add(keyOf(session));
      deps.say(
        `registered ${sessionId}, held until ${expiresAt}${refreshable ? '' : ', cannot be refreshed'}`,
      );
    } catch (error) {
      if (!(error instanceof Failure) || error.exit === EXIT.interrupted) throw error;
      known.failures += 1;
      // Said once, and not at each attempt of an outage.
      if (known.failures === 1) deps.say(error.message);
      if (isFinal(error)) deps.registered.add(keyOf(session));
      known.dueAt = deps.now() + waitAfter(error, known.failures);
    }
  }

  return {
    async look() {
      const listed = await listFiles(deps.folder);
      const names = new Set(listed.map(({ name }) => name));
      for (const name of files.keys()) if (!names.has(name)) files.delete(name);
      const changed = listed.filter(({ name, version }) => files.get(name)?.version !== version);
      // A registration of a client may be written after the session that names it.
      const lacking = listed.filter(
        ({ name }) => changed.length > 0 && files.get(name)?.session?.isRefreshable === false,
      );
      for (const { name, version } of new Set([...changed, ...lacking])) await read(name, version);
      for (const known of files.values())
        if (isOpen(known) && known.session && known.dueAt <= deps.now()) await attempt(known, known.session);
      const sessions = [...files.values()].flatMap(({ session }) => session ?? []);
      await deps.registered.keepOnly(new Set(sessions.map(keyOf)));
      const waiting = [...files.values()].filter((known) => known.version === BEING_WRITTEN || isOpen(known));
      return Math.max(0, Math.min(LISTING_MILLIS, ...waiting.map(({ dueAt }) => dueAt - deps.now())));
    },
  };
}

/** Nothing but another file can change such an answer. Throttling, outages and missing rights are over some day. */
function isFinal({ status, code, retryAfter }: Failure): boolean {
  if (status === undefined || code === undefined || retryAfter !== undefined) return false;
  return [400, 404, 409, 422].includes(status) && code !== 'too-many-sessions';
}

/** Without an answer of the API it is an outage, also where no credentials can be fetched: the network may be gone. */
function waitAfter({ exit, status, retryAfter }: Failure, failures: number): number {
  return status === undefined || exit === EXIT.unavailable || retryAfter !== undefined
    ? delayBefore(failures, retryAfter)
    : Math.min(LISTING_MILLIS * 2 ** (failures - 1), REFUSED_MILLIS);
}
