import { type Grant, grantKey } from '../../../lambda/domain/access.ts';
import type { Emulators } from '../../../local/emulators/server.ts';
import type { Numbers } from './seeded.ts';

/** A person, and the access that they would have if nobody had ever removed them. */
export interface Person {
  userId: string;
  /** By key. */
  expected: Set<string>;
  isDeleted: boolean;
  /**
   * The directory says that the person is out, an event reported it, and since then nobody has asked to restore or
   * grant anything.
   */
  isSurelyOut: boolean;
  /** Revocations that an event has promised. */
  removals: string[];
}

/** People who share groups and accounts, some of which cannot be removed. */
export interface Company {
  people: Person[];
  /** A user whom nobody removes. */
  colleague: string;
  grants: readonly Grant[];
  /** Whether access with this key cannot be removed. */
  stays(key: string): boolean;
  give(person: Person, grant: Grant): void;
  has(principalId: string): string[];
  /** Access that no removal concerns: the colleague's, and the groups' own assignments. */
  others(): string[];
}

const MANAGEMENT = '999999999999';
const ACCOUNTS = ['111111111111', '222222222222', MANAGEMENT];
const PERMISSION_SETS = ['a', 'b'].map(
  (letter) => `arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-${letter.repeat(16)}`,
);

export function newCompany({ assignments, groups, users }: Emulators, numbers: Numbers): Company {
  for (const permissionSetArn of PERMISSION_SETS)
    assignments.permissionSets.create({ name: 'Developer', permissionSetArn });
  assignments.set({ pageSize: 1 + numbers.below(2), lockedAccountId: MANAGEMENT });
  groups.setPageSize(1 + numbers.below(2));
  const external = [{ issuer: 'https://scim.example.com', id: 'developers' }];
  const [one, two, fromElsewhere] = [[], [], external].map((externalIds, n) =>
    groups.create({ displayName: `group-${n}`, externalIds }),
  );
  const groupIds = [one, two, fromElsewhere].map((group) => group?.groupId ?? '');
  const grants: Grant[] = [
    ...ACCOUNTS.flatMap((accountId) =>
      PERMISSION_SETS.map((permissionSetArn): Grant => ({ kind: 'assignment', accountId, permissionSetArn })),
    ),
    ...groupIds.map((groupId): Grant => ({ kind: 'membership', groupId, membershipId: '' })),
  ];
  const assign = (principalType: 'USER' | 'GROUP', principalId: string, grant: Grant) => {
    if (grant.kind === 'assignment') assignments.assign({ ...grant, principalType, principalId });
    else if (!groups.membershipsOf(principalId).some(({ groupId }) => groupId === grant.groupId))
      groups.join(grant.groupId, principalId);
  };
  for (const groupId of groupIds)
    for (const grant of grants.slice(0, ACCOUNTS.length)) assign('GROUP', groupId, grant);
  const has = (principalId: string) =>
    [
      ...assignments.of([principalId]).map((each) => ({ kind: 'assignment' as const, ...each })),
      ...groups.membershipsOf(principalId).map((each) => ({ kind: 'membership' as const, ...each })),
    ]
      .map(grantKey)
      .sort();
  const colleague = users.create({ userName: 'colleague' }).userId;
  for (const grant of grants) assign('USER', colleague, grant);
  const give = (person: Person, grant: Grant) => {
    assign('USER', person.userId, grant);
    person.expected.add(grantKey(grant));
  };
  const people = ['ann', 'ben', 'cho'].map((userName): Person => {
    const { userId } = users.create({ userName });
    const person = {
      userId,
      expected: new Set<string>(),
      isDeleted: false,
      isSurelyOut: false,
      removals: [],
    };
    for (const grant of grants) if (numbers.chance(0.5)) give(person, grant);
    return person;
  });
  return {
    ...{ people, colleague, grants, give, has },
    stays: (key) => key.includes(MANAGEMENT) || key.includes(fromElsewhere?.groupId ?? ''),
    others: () => [colleague, ...groupIds].flatMap((id) => has(id).map((key) => `${id} ${key}`)),
  };
}
