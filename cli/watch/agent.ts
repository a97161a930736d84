import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { delayBefore } from '../api/retry.ts';
import type { Registered } from '../api/wire.ts';
import { type CachedSession, readSession } from '../cache/session-file.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { listFiles } from './changes.ts';
import type { RegisteredKeys } from './registered-keys.ts';

/** Registers a session, with the credentials for its access portal. */
export type Register = (session: CachedSession) => Promise<Registered & { isNew: boolean }>;

export interface AgentDeps {
  readonly folder: string;
  /** The address of the API. It is part of each remembered key, because another API does not hold the same sessions. */
  readonly api: string;
  /** @returns undefined if sessions of this access portal must not be sent */
  registerFor(session: CachedSession): Register | undefined;
  readonly registered: RegisteredKeys;
  now(): number;
  say(line: string): void;
}

export interface Agent {
  /** Reads the changed files once, and registers the sessions that are due. @returns milliseconds until the next work is due */
  look(): Promise<number>;
}

/** How often the folder is listed even if no change was reported, in milliseconds. */
export const LISTING_MILLIS = 4_000;
/** The delay before a half-written file is read again. */
const HALF_WRITTEN_MILLIS = 250;
/** After this many reads, a half-written file counts as broken. It is only read again when it changes. */
const MAX_HALVES = 20;
/** The longest delay before a refused session is sent again. A session that was refused for good is not sent again. */
const REFUSED_MILLIS = 15 * 60_000;

interface Known {
  version: string;
  session: CachedSession | undefined;
  /** The number of failed attempts in a row. */
  failures: number;
  /** The earliest time of the next attempt, in milliseconds since the epoch. */
  dueAt: number;
  /** How often in a row it was read while somebody was writing it. */
  halves: number;
}

/** No file has this version, so it is read again. */
const BEING_WRITTEN = '';

/**
 * Creates the agent, without the loop that wakes it. It only remembers the files that exist now, so its memory does not grow with
 * the number of changes. It reads a file again only if the file changed, or was half-written.
 */
export function createAgent(deps: AgentDeps): Agent {
  const files = new Map<string, Known>();

  async function read(name: string, version: string): Promise<void> {
    const known = files.get(name);
    const result = await readSession(join(deps.folder, name));
    const halves = result === 'half-written' ? (known?.halves ?? 0) + 1 : 0;
    const isHalf = halves > 0 && halves < MAX_HALVES;
    const session = typeof result === 'string' ? undefined : result;
    // The delay after a failure belongs to the session: reading the same one again must not end it.
    if (known?.session && session && keyOf(known.session) === keyOf(session)) {
      files.set(name, { ...known, version, session, halves });
      return;
    }
    const dueAt = isHalf ? deps.now() + HALF_WRITTEN_MILLIS : 0;
    files.set(name, { version: isHalf ? BEING_WRITTEN : version, session, failures: 0, dueAt, halves });
  }

  function keyOf({ key }: CachedSession): string {
    return createHash('sha256')
      .update(JSON.stringify([deps.api, key]))
      .digest('base64url');
  }

  /** Whether the session of the file still has to be registered. */
  function isOpen({ session }: Known): boolean {
    if (!session || deps.registered.has(keyOf(session))) return false;
    // The portal would reject an expired token. A refresh writes a new version of the file.
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
      // Reported once, and not at each attempt during an outage.
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

/** Whether the API will answer the same as long as the file does not change. Throttling, outages and missing rights end some day. */
function isFinal({ status, code, retryAfter }: Failure): boolean {
  if (status === undefined || code === undefined || retryAfter !== undefined) return false;
  return [400, 404, 409, 422].includes(status) && code !== 'too-many-sessions';
}

/** Returns the delay in milliseconds. A failure without an answer counts as an outage, even if only credentials are missing. */
function waitAfter({ exit, status, retryAfter }: Failure, failures: number): number {
  return status === undefined || exit === EXIT.unavailable || retryAfter !== undefined
    ? delayBefore(failures, retryAfter)
    : Math.min(LISTING_MILLIS * 2 ** (failures - 1), REFUSED_MILLIS);
}
