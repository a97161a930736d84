import {
  EVERYONE,
  FENCE_PREFIX,
  JOBS,
  LEASE_PREFIX,
  LISTED_ATTRIBUTES,
  SCANNED_ATTRIBUTES,
} from '../../lambda/aws/token-cache/rows.ts';
import { EVERYONE as DENIED_EVERYONE } from '../../lambda/domain/denial.ts';
import { OUTGOING_SOURCE } from '../../lambda/domain/outgoing-event.ts';
import { DAY_INDEX, SESSION_INDEX, USER_INDEX } from '../../lambda/env.ts';
import { ACCOUNT_ID } from '../../local/ground/account.ts';
import type { Context, Input } from '../../local/permissions/call-need.ts';
import { identityStoreNeeds, ssoNeeds } from '../../local/permissions/identity-center-needs.ts';
import type { Assembly } from '../../local/template/assembly.ts';
import type { Resolver } from '../../local/template/intrinsics.ts';
import { resourcesOf } from '../../local/template/properties.ts';
import { everything } from './synth.ts';

/** A part of a resource that a policy can distinguish: some partitions, some attributes, some encryption contexts. */
export interface Part {
  /** Empty if the resource has only one part. */
  readonly name: string;
  /** The contexts of calls to this part. A role that is allowed one of them may do something to the part. */
  readonly contexts: readonly Context[];
  /** Whether a real call concerns this part. */
  readonly holds: (context: Context) => boolean;
  /** Parts that are included in this one. */
  readonly includes?: readonly string[];
}

/** The resources that calls of one service concern. */
export interface Subject {
  readonly name: string;
  /** The prefix of the actions. */
  readonly service: string;
  /** A call needs all of them. The first one decides whether a call concerns this subject. */
  readonly resources: readonly string[];
  /** The same, if it depends on the action. */
  readonly resourcesOf?: (action: string) => readonly string[] | undefined;
  readonly parts: (action: string) => readonly Part[];
}

/** A part that no policy can distinguish from the rest. */
const ALL_OF_IT: Part = { name: '', contexts: [{}], holds: () => true };
/** The instance of the synthesized stack. */
const INSTANCE = everything.instanceArn;
const actionName = (action: string) => action.replace(/^.*:/, '');

/** The resources of a call besides the instance: changes of an assignment, and reads of a permission set, name more. */
function assignmentIn(action: string, InstanceArn: string): Input {
  const PermissionSetArn = `${InstanceArn.replace(':instance/', ':permissionSet/')}/ps-0123456789abcdef`;
  const isChange = /:(Create|Delete)AccountAssignment$/.test(action);
  return {
    InstanceArn,
    ...((isChange || action.endsWith(':DescribePermissionSet')) && { PermissionSetArn }),
    ...(isChange && { TargetId: '111122223333' }),
  };
}

const USER = '0a1b2c3d-1111-4222-8333-444455556666';
const ID = 'jCVqOs1tqiEbNKFtyUbYf7_RkZMZSQ1Kz1wJ1z0aXWY';
const LEADING_KEYS = 'dynamodb:LeadingKeys';

/**
 * Everything in the stack on which a role could be allowed something, plus one resource outside the stack of each kind.
 */
export function subjectsOf(assembly: Assembly, resolver: Resolver): Subject[] {
  const arns = (type: string) =>
    resourcesOf(assembly, type).map(([id]): [string, string] => [id, resolver.attribute(id, 'Arn')]);
  const whole = (service: string, name: string, ...resources: string[]): Subject => ({
    ...{ name, service, resources },
    parts: () => [ALL_OF_IT],
  });
  /** The memberships of a list and a single membership are separate kinds. A call concerns one of them or neither. */
  const store = (name: string, id: string): Subject => ({
    ...{ name, service: 'identitystore', parts: () => [ALL_OF_IT] },
    resources: [`arn:aws:identitystore::${ACCOUNT_ID}:identitystore/${id}`],
    resourcesOf: (action) => identityStoreNeeds(actionName(action), { IdentityStoreId: id })[0]?.resources,
  });
  const instance = (name: string, InstanceArn: string): Subject => ({
    ...{ name, service: 'sso', resources: [InstanceArn], parts: () => [ALL_OF_IT] },
    resourcesOf: (action) => ssoNeeds(actionName(action), assignmentIn(action, InstanceArn))[0]?.resources,
  });
  const policies = arns('AWS::Organizations::Policy');
  const policyPrefix = policies[0]?.[1].replace(/[^/]*$/, '') ?? '';
  return [
    ...arns('AWS::DynamoDB::GlobalTable').flatMap(([id, arn]) => tableSubjects(id, arn)),
    ...arns('AWS::KMS::Key').map(([, arn]) => keySubject(arn)),
    ...arns('AWS::SQS::Queue').map(([id, arn]) => whole('sqs', queueName(id), arn)),
    store('identity store', 'd-0000000000'),
    store('another identity store', 'd-9999999999'),
    instance('instance', INSTANCE),
    instance('another instance', INSTANCE.replace(/\w+$/, 'ssoins-fedcba9876543210')),
    ...['default', 'another'].map(busSubject),
    ...policies.map(([, arn]) => whole('organizations', 'deny policy', arn)),
    whole('organizations', 'another policy', `${policyPrefix}p-another00`),
    ...arns('AWS::Logs::LogGroup').map(([id, arn]) => whole('logs', nameOf(id), arn)),
  ];
}

/** A logical id without the names of stack and construct, and without the hash. */
export function nameOf(id: string): string {
  return id.replace(/^SessionRevocation/, '').replace(/[0-9A-F]{8}$/, '');
}

const QUEUES: Readonly<Record<string, string>> = {
  RevocationsQueue: 'queue of removals',
  BulkQueue: 'queue of bulk jobs',
  ReportsQueue: 'queue of reports',
  EndedAssignmentsQueue: 'queue of ended assignments',
  DenyListQueue: "reconciler's queue",
  AccessRemovalsQueue: 'queue of access to be removed',
  NoticesQueue: 'queue of notices',
};

function queueName(id: string): string {
  return QUEUES[nameOf(id)] ?? `dead-letter queue (${nameOf(id).replace(/DeadLetters$/, '')})`;
}

function tableSubjects(id: string, arn: string): Subject[] {
  const table = (name: string, parts: Subject['parts']): Subject => ({
    ...{ name, service: 'dynamodb', resources: [arn], parts },
  });
  const index = (name: string, of: string, indexName: string, key: string): Subject => ({
    ...{ name, service: 'dynamodb', resources: [`${arn}/index/${indexName}`] },
    parts: (action) => {
      if (isScan(action)) return everyRow('keys of all rows');
      return action.endsWith(':Query') ? [inPartition(of, key, () => true)] : [];
    },
  });
  switch (nameOf(id)) {
    case 'TokenCacheTable':
      return [
        table('token cache', cacheParts),
        index('index of the token cache', 'sessions by id', SESSION_INDEX, ID),
      ];
    case 'RecordsTable':
      return [
        table('revocations', recordParts),
        index('index of the revocations', 'revocations by user', USER_INDEX, USER),
        index('index of the revocations by day', 'revocations by time', DAY_INDEX, '2026-11-22'),
      ];
    case 'DenyListTable':
      return [table('deny list', (action) => (isScan(action) ? everyRow('denials') : denials))];
    default:
      throw new Error(`Say here what ${id} holds: its rows belong into the table of docs/threat-model.md.`);
  }
}

const isScan = (action: string) => action.endsWith(':Scan');
const isRead = (action: string) => /:(Query|Scan)$/.test(action);
const everyRow = (name: string): Part[] => [{ name, contexts: [{}], holds: () => true }];

function inPartition(name: string, key: string, holds: (key: string) => boolean): Part {
  return {
    name,
    contexts: [{ [LEADING_KEYS]: [key] }],
    holds: (context) => [context[LEADING_KEYS] ?? []].flat().some(holds),
  };
}

const denials = [
  inPartition('of users', USER, (key) => key !== DENIED_EVERYONE),
  inPartition('of everyone', DENIED_EVERYONE, (key) => key === DENIED_EVERYONE),
];
const sessions = inPartition('sessions', USER, (key) => !key.startsWith('#'));
const notes = [
  inPartition('fences', `${FENCE_PREFIX}${USER}`, (key) => key.startsWith(FENCE_PREFIX)),
  inPartition('leases', `${LEASE_PREFIX}${USER}`, (key) => key.startsWith(LEASE_PREFIX)),
  inPartition('notes of jobs', JOBS, (key) => key === JOBS),
  inPartition('notes of red buttons', EVERYONE, (key) => key === EVERYONE),
];

function cacheParts(action: string): Part[] {
  if (isScan(action)) return readings('all rows', everyRow(''));
  return [...(isRead(action) ? readings('sessions', [sessions]) : [sessions]), ...notes];
}

/** How much of the rows is read. A read that names no attributes gets all of them. */
function readings(rows: string, [part]: readonly Part[]): Part[] {
  const asked = (names: readonly string[]): Context => ({
    'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
    'dynamodb:Attributes': names,
  });
  const ways: [Reading, Context][] = [
    ['keys', asked(SCANNED_ATTRIBUTES)],
    ['listed', asked(LISTED_ATTRIBUTES)],
    ['all', {}],
  ];
  const nameOfWay = { keys: `keys of ${rows}`, listed: `${rows} without tokens`, all: `${rows} with tokens` };
  return ways.map(([way, more], n) => ({
    name: nameOfWay[way],
    contexts: (part?.contexts ?? []).map((context) => ({ ...context, ...more })),
    holds: (context) => part?.holds(context) === true && readingOf(context) === way,
    includes: ways.slice(0, n).map(([less]) => nameOfWay[less]),
  }));
}

type Reading = 'keys' | 'listed' | 'all';

function readingOf(context: Context): Reading {
  const names = [context['dynamodb:Attributes'] ?? []].flat();
  const areAll = (allowed: readonly string[]) => names.every((name) => allowed.includes(name));
  if (context['dynamodb:Select'] !== 'SPECIFIC_ATTRIBUTES') return 'all';
  if (areAll(SCANNED_ATTRIBUTES)) return 'keys';
  return areAll(LISTED_ATTRIBUTES) ? 'listed' : 'all';
}

const hasKind = (kind: string) => (key: string) => key.startsWith(`${kind}.`);
const kinds = ['user', 'everyone', 'assignment', 'key'];

function recordParts(action: string): Part[] {
  if (isScan(action)) return everyRow('all rows');
  return [
    inPartition('of sessions', ID, (key) => !kinds.some((kind) => hasKind(kind)(key))),
    inPartition('of users', `user.${ID}`, hasKind('user')),
    inPartition('of everyone', `everyone.${ID}`, hasKind('everyone')),
    inPartition('of ended assignments', `assignment.${ID}`, hasKind('assignment')),
    inPartition('idempotency keys', `key.${ID}`, hasKind('key')),
  ];
}

/** What may be sent to a bus: our own events, and events that would end somebody's sessions. */
function busSubject(bus: string): Subject {
  const entry = (name: string, source: string, type: string): Part => ({
    name,
    contexts: [{ 'events:source': [source], 'events:detail-type': [type] }],
    holds: (of) => [of['events:source'] ?? []].flat().includes(source),
  });
  return {
    name: bus === 'default' ? 'default event bus' : 'another event bus',
    service: 'events',
    resources: [`arn:aws:events:us-east-1:${ACCOUNT_ID}:event-bus/${bus}`],
    parts: () => [
      entry('events of the stack', OUTGOING_SOURCE, 'Revocation Completed'),
      entry('removals', 'offboarding', 'User Removed'),
    ],
  };
}

function keySubject(arn: string): Subject {
  const context = (...names: string[]): Context =>
    names.length > 0 ? { 'kms:EncryptionContextKeys': names } : {};
  const namesOf = (of: Context) => [of['kms:EncryptionContextKeys'] ?? []].flat();
  const isRow = (of: Context) => namesOf(of).sort().join() === 'sessionId,userId';
  return {
    ...{ name: 'key', service: 'kms', resources: [arn] },
    parts: () => [
      { name: 'for rows', contexts: [context('userId', 'sessionId')], holds: isRow },
      {
        name: 'for anything else',
        contexts: [context(), context('purpose'), context('userId', 'sessionId', 'purpose')],
        holds: (of) => !isRow(of),
      },
    ],
  };
}
