import { join } from 'node:path';
import type { RevocationList } from '../lambda/domain/record/list-revocations.ts';
import type { RevocationPage } from '../lambda/domain/record/read-revocation.ts';
import type { ListedSessions } from '../lambda/domain/sessions/list-sessions.ts';
import { call, roleCredentials, sendAwsEvent, until } from './demo-calls.ts';
import { type Claim, type ClaimThat, toTable } from './demo-claims.ts';
import { deniedRoleSessions, whatStillLives } from './demo-role-sessions.ts';
import type { TokenCacheFile } from './emulators/sign-in/sign-ins.ts';
import { hashOf } from './ground/token-hash.ts';
import { leaveAws } from './ground/without-aws.ts';
import { type LocalStack, startLocalStack } from './stack.ts';

/** Plays an offboarding from sign-in to audit trail: Alice is removed by an event, Bob by HTTP, and Carol's laptop is stolen. */
async function play(stack: LocalStack, claim: ClaimThat): Promise<TokenCacheFile[]> {
  const { signIns } = stack.emulator;
  const alice = [signIns.signIn({ userName: 'alice' }), signIns.signIn({ userName: 'alice' })];
  const bob = [signIns.signIn({ userName: 'bob' })];
  const [aliceId, bobId] = ['alice', 'bob'].map((name) => stack.users.find(name)?.userId ?? '') as [
    string,
    string,
  ];
  const credentials = await roleCredentials(stack, alice[0]);
  for (const [name, userId, files] of [
    ['Alice', aliceId, alice],
    ['Bob', bobId, bob],
  ] as const) {
    const answers = await Promise.all(
      files.map((file) => call(stack, 'PUT', `/users/${userId}/sessions`, file)),
    );
    const statuses = answers.map(({ status }) => status).join();
    claim(`${files.length} sign-in(s) of ${name} are registered`, statuses, /^201(,201)*$/.test(statuses));
  }
  await removedByEvent(stack, claim, aliceId, alice);
  await whatStillLives(stack, claim, aliceId, credentials);
  await revokedByHttp(stack, claim, bobId, bob);
  await deniedRoleSessions(stack, claim, aliceId, bobId);
  const carol = await stolenLaptop(stack, claim);
  return [...alice, ...bob, carol];
}

/** Assigns a permission set to the user, as an administrator does. */
function assign({ assignments }: LocalStack, principalId: string): void {
  const { permissionSetArn } = assignments.permissionSets.create({ name: 'Developer' });
  assignments.assign({ accountId: '111122223333', permissionSetArn, principalType: 'USER', principalId });
}

async function removedByEvent(stack: LocalStack, claim: ClaimThat, userId: string, files: TokenCacheFile[]) {
  assign(stack, userId);
  stack.users.delete(userId);
  await sendAwsEvent(stack, {
    source: 'aws.identitystore',
    'detail-type': 'User Deleted',
    detail: { userId },
  });
  const revocation = await until(async () => {
    const { body } = await call<RevocationList>(stack, 'GET', `/revocations?userId=${userId}`);
    return body.revocations.find(({ status }) => status === 'COMPLETED');
  });
  const { source, sessions } = revocation;
  claim(
    'Alice is deleted: the event alone completes a revocation',
    `${source}, ${sessions.loggedOut} logged out`,
    source === 'event' && sessions.loggedOut === files.length,
  );
  const alive = files.filter(
    ({ accessToken }) => stack.emulator.signIns.userOf(accessToken) !== undefined,
  ).length;
  claim('The portal accepts none of her sessions any more', alive, alive === 0);
  const held = await call<ListedSessions>(stack, 'GET', `/sessions?userId=${userId}`);
  claim('None of her tokens is stored any more', held.body.sessions.length, held.body.sessions.length === 0);
  const late = stack.emulator.signIns.signIn({ userName: 'alice' });
  const { status } = await call(stack, 'PUT', `/users/${userId}/sessions`, late);
  const isOver = stack.emulator.signIns.userOf(late.accessToken) === undefined;
  claim('A session registered after her removal is refused, and ended', status, status === 409 && isOver);
}

async function revokedByHttp(stack: LocalStack, claim: ClaimThat, userId: string, files: TokenCacheFile[]) {
  stack.emulator.faults.set({ operation: 'logout', fault: 'throttle', times: 2 });
  const first = await call<RevocationPage>(stack, 'POST', '/revocations', {
    userId,
    reason: 'contract ended',
  });
  const { status, sessions, revocationId } = first.body;
  claim(
    'Bob is revoked by HTTP, although the portal throttles twice: 200, COMPLETED',
    `${first.status}, ${status}`,
    first.status === 200 && status === 'COMPLETED' && sessions.loggedOut === files.length,
  );
  const { outcomes } = (await call<RevocationPage>(stack, 'GET', `/revocations/${revocationId}`)).body;
  const told = outcomes.map(({ outcome, attempts }) => `${outcome} after ${attempts} attempts`).join();
  claim('The audit trail has the outcome', told, told === 'LOGGED_OUT after 3 attempts');
}

async function stolenLaptop(stack: LocalStack, claim: ClaimThat): Promise<TokenCacheFile> {
  const file = stack.emulator.signIns.signIn({ userName: 'carol' });
  const first = await call<RevocationPage>(stack, 'POST', '/revocations', {
    ...file,
    reason: 'laptop stolen',
  });
  const requests = stack.emulator.requestsAbout(hashOf(file.accessToken)).map(({ status }) => status);
  claim(
    "Posting Carol's token-cache file as it is causes one Logout at the portal",
    requests.join(),
    first.status === 200 && requests.join() === '200',
  );
  const again = await call<RevocationPage>(stack, 'POST', '/revocations', {
    ...file,
    reason: 'again, to be sure',
  });
  claim(
    'Repeating the call returns the same revocation',
    again.body.reason,
    JSON.stringify(again.body) === JSON.stringify(first.body),
  );
  return file;
}

async function main(): Promise<void> {
  leaveAws();
  const written: string[] = [];
  const claims: Claim[] = [];
  const claim: ClaimThat = (text, seen, holds) => claims.push({ claim: text, seen: String(seen), holds });
  const assembly = join(import.meta.dirname, '..', 'cdk.local');
  // `env` is empty, because the demo checks what the portal received: it must not use a portal or a table of somebody else.
  const stack = await startLocalStack({ assembly, port: 0, env: {}, output: (line) => written.push(line) });
  try {
    const files = await play(stack, claim);
    const secrets = files.flatMap(({ accessToken, refreshToken, clientSecret }) => [
      accessToken,
      refreshToken,
      clientSecret,
    ]);
    const leaks = secrets.filter((secret) => written.join('\n').includes(secret)).length;
    claim(
      `The ${written.length} lines that the functions wrote contain no secret`,
      leaks,
      leaks === 0 && written.length > 0,
    );
  } finally {
    await stack.close();
    process.stdout.write(`${toTable(claims)}\n`);
  }
  const wrong = claims.filter(({ holds }) => !holds).length;
  process.stdout.write(`${claims.length - wrong} of ${claims.length} claims hold.\n`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

await main();
