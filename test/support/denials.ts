import type { RevocationPage } from '../../lambda/domain/record/read-revocation.ts';
import type { RunningStack } from './running-stack.ts';

// What the denials of a running stack have come to.

/** The text of its first policy; empty if there is none. */
export function policyTextOf({ stack }: RunningStack): string {
  const { organizations } = stack.emulator;
  return organizations.contentOf(organizations.all()[0]?.policyId ?? '') ?? '';
}

/** What the records of a user's revocations say of role sessions, newest first. */
export async function roleSessionsOf(
  running: RunningStack,
  userId: string,
): Promise<RevocationPage['roleSessions'][]> {
  const { body } = await running.ask('GET', `/revocations?userId=${userId}`);
  return body.revocations.map(({ roleSessions }: RevocationPage) => roleSessions);
}

/** How many messages the worker finished. Messages that remove access are not counted. */
export function messagesDone({ seen }: RunningStack): number {
  return seen.filter((line) => line.includes('"message":"message"') && line.includes('"service":"work"'))
    .length;
}
