import type { Secret } from '../../lambda/domain/secret.ts';
import { accessRoutes, denyListRoutes, routes } from '../../lambda/routes.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Api, ApiAnswer, ApiRequest } from './client.ts';
import type {
  Lifted,
  ListedSessions,
  Registered,
  Revocation,
  RevocationList,
  RevocationPage,
} from './wire.ts';

/** The calls of the API, by route. Each throws a `Failure` unless the answer is a success. */
export interface Calls {
  /** @param body - as `readSession` makes it. @returns `isNew` if the session was not held before */
  register(body: Secret): Promise<Registered & { isNew: boolean }>;
  revoke(
    subject: { userId: string } | { userName: string },
    reason: string | undefined,
    key: string,
  ): Promise<Revocation>;
  revokeEveryone(reason: string, except: readonly string[]): Promise<Revocation>;
  revocation(revocationId: string, limit: number, cursor?: string): Promise<RevocationPage>;
  /** The report as a page; text/html. */
  report(revocationId: string): Promise<string>;
  revocationsOf(userId: string, cursor?: string): Promise<RevocationList>;
  sessionsOf(userId: string, cursor?: string): Promise<ListedSessions>;
  lift(userId: string): Promise<Lifted>;
  liftEveryone(): Promise<Lifted>;
  /** @returns `again`, the seconds after which the same request must be repeated; undefined if everything is given back */
  restore(revocationId: string): Promise<{ revocation: Revocation; again: number | undefined }>;
}

export function createCalls(api: Api): Calls {
  const ask = async (
    route: string,
    more: Omit<ApiRequest, 'method' | 'route' | 'isRepeatable'> & { once?: true },
  ) => {
    const [method = '', path = ''] = route.split(' ');
    const { once, ...request } = more;
    return api.send({ method: method as ApiRequest['method'], route: path, isRepeatable: !once, ...request });
  };
  const json = async <T>(...call: Parameters<typeof ask>) => understood<T>(await ask(...call));
  const paged = (cursor?: string) => (cursor === undefined ? {} : { cursor });
  return {
    async register(body) {
      const answer = await ask(routes.registerOwnSession, { body: body.reveal() });
      return { ...understood<Registered>(answer), isNew: answer.status === 201 };
    },
    revoke: (subject, reason, key) =>
      json(routes.revoke, {
        body: JSON.stringify({ ...subject, ...(reason !== undefined && { reason }) }),
        headers: { 'idempotency-key': key },
      }),
    revokeEveryone: (reason, except) =>
      json(routes.revokeEveryone, {
        body: JSON.stringify({ reason, ...(except.length > 0 && { except }) }),
        once: true,
      }),
    revocation: (revocationId, limit, cursor) =>
      json(routes.readRevocation, {
        parameters: { revocationId },
        query: { limit: String(limit), ...paged(cursor) },
      }),
    async report(revocationId) {
      const { text } = await ask(routes.readRevocation, {
        parameters: { revocationId },
        headers: { accept: 'text/html' },
      });
      return text;
    },
    revocationsOf: (userId, cursor) => json(routes.listRevocations, { query: { userId, ...paged(cursor) } }),
    sessionsOf: (userId, cursor) =>
      json(routes.listSessions, { query: { userId, limit: '1000', ...paged(cursor) } }),
    lift: (userId) => lifted(ask(denyListRoutes.liftDenial, { parameters: { userId } })),
    liftEveryone: () => lifted(ask(denyListRoutes.liftEveryone, {})),
    async restore(revocationId) {
      const answer = await ask(accessRoutes.restoreAccess, { parameters: { revocationId } });
      const again = answer.status === 202 ? (answer.retryAfter ?? 5) : undefined;
      return { revocation: understood<Revocation>(answer), again };
    },
  };
}

async function lifted(sent: Promise<ApiAnswer>): Promise<Lifted> {
  return understood<Lifted>(await sent);
}

/** A success without a JSON object comes from something else, such as a proxy that asks for a sign-in. */
function understood<T>({ body, status }: ApiAnswer): T {
  if (typeof body === 'object' && body !== null) return body as T;
  throw new Failure(
    EXIT.unavailable,
    `The answer (${status}) is not one of this API: check --api, and whether a proxy answers.`,
  );
}
