import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { FENCE_PREFIX } from '../../../lambda/aws/token-cache/rows.ts';
import type { TokenCacheFile } from '../../../local/emulators/sign-in/sign-ins.ts';
import type { RunningStack } from '../../support/running-stack.ts';

/** What happened to people: everything that an attacker may aim at. */
export interface Effects {
  /** Whether the sign-in session of this file is still alive. The client would refresh an expired access token. */
  isAlive(file: TokenCacheFile): boolean;
  isDenied(userId: string): boolean;
  /** Role sessions that were issued before this time are denied; `undefined` if all are, or none. */
  cutoffOf(userId: string): string | undefined;
  /** Whether new sessions of the user are refused now. */
  isFenced(userId: string): Promise<boolean>;
  /** In epoch seconds; 0 if there is no fence. */
  fencedUntil(userId: string): Promise<number>;
  /** Acts as if the time of the fence had passed. */
  letFencePass(userId: string): Promise<void>;
  /** The held sessions of the user. */
  held(userId: string): Promise<Record<string, unknown>[]>;
  revocationsOf(userId: string): Promise<Revocation[]>;
  /** How many requests an emulated service got so far. */
  requests(operation: string): number;
}

export interface Revocation {
  revocationId: string;
  status: string;
  reason?: string;
  subject: Record<string, string>;
  sessions: { alreadyInvalid: number; failed: number };
}

interface Statement {
  Condition: { StringEquals: Record<string, string[]>; DateLessThan?: Record<string, string> };
}

export function effectsIn(running: RunningStack): Effects {
  const { signIns, organizations, requests } = running.stack.emulator;
  const statements = () =>
    organizations
      .all()
      .flatMap(
        ({ policyId }): Statement[] => JSON.parse(organizations.contentOf(policyId) ?? '{}').Statement,
      );
  const statementOf = (userId: string) =>
    statements().find(({ Condition }) => Condition.StringEquals['identitystore:UserId']?.includes(userId));
  const fenceOf = async (userId: string) => {
    const rows = await running.rows('TokenCache');
    return rows.find((row) => row.userId === `${FENCE_PREFIX}${userId}`);
  };
  const fencedUntil = async (userId: string) => {
    const fence = await fenceOf(userId);
    return fence && !fence.loweredAt ? Number(fence.until) : 0;
  };
  return {
    isAlive: ({ accessToken, clientId, refreshToken }) =>
      signIns.userOf(accessToken) !== undefined || signIns.refresh(clientId, refreshToken) !== undefined,
    isDenied: (userId) => statementOf(userId) !== undefined,
    cutoffOf: (userId) => statementOf(userId)?.Condition.DateLessThan?.['aws:TokenIssueTime'],
    isFenced: async (userId) => (await fencedUntil(userId)) * 1000 > Date.now(),
    fencedUntil,
    async letFencePass(userId) {
      const fence = await fenceOf(userId);
      if (!fence) return;
      const Key = marshall({ userId: fence.userId, sessionId: fence.sessionId });
      await running.dynamo.send(new DeleteItemCommand({ TableName: running.table('TokenCache'), Key }));
    },
    async held(userId) {
      const rows = await running.rows('TokenCache');
      return rows.filter((row) => row.userId === userId);
    },
    revocationsOf: async (userId) =>
      (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations,
    requests: (operation) => requests.filter((each) => each.operation === operation).length,
  };
}
