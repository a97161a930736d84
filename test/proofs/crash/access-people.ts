import { type AccessItem, type Grant, grantKey } from '../../../lambda/domain/access.ts';
import type { RevocationPage } from '../../../lambda/domain/record/read-revocation.ts';
import { everything } from '../../support/synth.ts';
import type { GatedStack } from './gated-stack.ts';

const PERMISSION_SET = `${everything.instanceArn.replace(':instance/', ':permissionSet/')}/ps-0123456789abcdef`;
const ACCOUNTS = ['111111111111', '222222222222'];

/**
 * Two groups, one of which belongs to another directory, direct assignments, and a colleague with access that everybody
 * has.
 */
export interface Company {
  stack: GatedStack;
  ownGroup: string;
  externalGroup: string;
  colleague: string;
  /** Access that none of the removals concerns. */
  others(): string[][];
}

/** What a user has: directly assigned accounts, and groups. */
export interface Has {
  accounts?: string[];
  groups?: string[];
}

export function newCompany(stack: GatedStack): Company {
  const { assignments, groups, users } = stack.running.stack;
  assignments.permissionSets.create({ name: 'Developer', permissionSetArn: PERMISSION_SET });
  // A change is complete at the first look, and each page has one entry.
  assignments.set({ changeMillis: 0, pageSize: 1 });
  groups.setPageSize(1);
  const ownGroup = groups.create({ displayName: 'own' }).groupId;
  const externalIds = [{ issuer: 'https://scim.example.com', id: 'developers' }];
  const externalGroup = groups.create({ displayName: 'external', externalIds }).groupId;
  const colleague = users.create({ userName: 'colleague@example.com' }).userId;
  const company = { stack, ownGroup, externalGroup, colleague };
  for (const principalId of [ownGroup, externalGroup]) assign(stack, 'GROUP', principalId, ACCOUNTS);
  give(company, colleague, everythingOf(company));
  const others = () => [ownGroup, externalGroup, colleague].map((id) => keysOf(stack, id));
  return { ...company, others };
}

export const everythingOf = ({ ownGroup, externalGroup }: Pick<Company, 'ownGroup' | 'externalGroup'>) => ({
  accounts: ACCOUNTS,
  groups: [ownGroup, externalGroup],
});

export function give({ stack }: Pick<Company, 'stack'>, userId: string, { accounts, groups }: Has): void {
  assign(stack, 'USER', userId, accounts ?? []);
  for (const groupId of groups ?? []) stack.running.stack.groups.join(groupId, userId);
}

function assign(
  { running }: GatedStack,
  principalType: 'USER' | 'GROUP',
  principalId: string,
  accounts: string[],
): void {
  for (const accountId of accounts)
    running.stack.assignments.assign({
      accountId,
      permissionSetArn: PERMISSION_SET,
      principalType,
      principalId,
    });
}

let people = 0;

/** Creates a user who has this access. */
export function somebody(company: Company, has: Has): string {
  people += 1;
  const { userId } = company.stack.running.stack.users.create({ userName: `somebody-${people}@example.com` });
  give(company, userId, has);
  return userId;
}

/** All access that a user or a group has of its own now. */
export function keysOf({ running }: GatedStack, principalId: string): string[] {
  const { assignments, groups } = running.stack;
  const all: Grant[] = [
    ...assignments.of([principalId]).map((one) => ({ kind: 'assignment' as const, ...one })),
    ...groups.membershipsOf(principalId).map((one) => ({ kind: 'membership' as const, ...one })),
  ];
  return all.map(grantKey).sort();
}

/** The grants of this access, as the record has them after it was removed. */
export function grantsFrom({ accounts = [], groups = [] }: Has): Grant[] {
  return [
    ...accounts.map(
      (accountId): Grant => ({ kind: 'assignment', accountId, permissionSetArn: PERMISSION_SET }),
    ),
    ...groups.map((groupId): Grant => ({ kind: 'membership', groupId, membershipId: `of-${groupId}` })),
  ];
}

export const keysFrom = (has: Has): string[] => grantsFrom(has).map(grantKey).sort();

/** The state of each grant in the record of the revocation, as `kind#… STATE why`. */
export async function told(stack: GatedStack, revocationId: string): Promise<string[]> {
  const { access } = await stack.tables.recorded(revocationId);
  return access.map(sentenceOf).sort();
}

export function sentenceOf({ grant, state, why }: Pick<AccessItem, 'grant' | 'state' | 'why'>): string {
  return [grantKey(grant), state, ...(why === undefined ? [] : [why])].join(' ');
}

export async function revocationOf({ running }: GatedStack, userId: string): Promise<RevocationPage[]> {
  return (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations;
}
