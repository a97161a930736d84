import type { Clock } from '../ground/clock.ts';
import { closeServer, createLocalServer, listen, localUrl } from '../ground/http-server.ts';
import type { Recorder } from '../ground/recorder.ts';
import { createRoleSessions, type RoleSessions } from '../ground/role-sessions.ts';
import { cloudFormationService, type DescribedStacks } from './cloudformation/cloudformation.ts';
import { controlCalls } from './control-calls.ts';
import { type DescribedRule, eventsService, type PutEvent } from './events/events.ts';
import { createDispatcher, type Dispatch } from './ground/dispatch.ts';
import { createFaults, type Faults } from './ground/faults.ts';
import { createJournal, type Journal, type JournalEntry } from './ground/journal.ts';
import { createGroups, type Groups } from './identity-store/groups.ts';
import { identityStoreService } from './identity-store/identity-store.ts';
import { createUsers, type Users } from './identity-store/users.ts';
import { kmsService } from './kms/kms.ts';
import { createKmsKeys, type KmsKeys } from './kms/kms-keys.ts';
import { type DescribedMappings, lambdaOperations } from './lambda/lambda.ts';
import { createLogGroups, type LogGroups } from './logs/log-groups.ts';
import { logsService } from './logs/logs.ts';
import { organizationsService } from './organizations/organizations.ts';
import { createPolicies, type Policies } from './organizations/policies.ts';
import { createLogoutLimit, type LogoutLimit } from './sign-in/logout-limit.ts';
import { oidcOperations } from './sign-in/oidc.ts';
import { portalOperations } from './sign-in/portal.ts';
import { createSignIns, type SignIns } from './sign-in/sign-ins.ts';
import { createQueues, type Queues } from './sqs/queues.ts';
import { sqsService } from './sqs/sqs.ts';
import { type Assignments, createAssignments } from './sso-admin/assignments.ts';
import { ssoAdminService } from './sso-admin/sso-admin.ts';
import type { RoleTrusts } from './sts/role-trusts.ts';
import { stsService } from './sts/sts.ts';

export interface EmulatorsOptions {
  /** @default 0, for a free port */
  readonly port?: number;
  /** @default the computer's clock */
  readonly clock?: Clock;
  /** The Region of the events that are put. @default us-east-1 */
  readonly region?: string;
  /** Receives events that were put. @default nothing receives them */
  readonly putEvent?: PutEvent;
  /** Receives every request. @default nothing receives them */
  readonly record?: Recorder;
}

/** IAM Identity Center's portal and SSO OIDC, and the other services that the functions call. */
export interface Emulators {
  /** The endpoint of all these services. */
  readonly url: string;
  readonly signIns: SignIns;
  /** The users of the identity store, which `signIns` uses too. */
  readonly users: Users;
  /** The identity store's groups, and their members. */
  readonly groups: Groups;
  /** Who may use which permission set in which account. */
  readonly assignments: Assignments;
  /** The role sessions that the portal and STS began. */
  readonly roleSessions: RoleSessions;
  /** The trust policies of roles, which STS checks. */
  readonly trusts: RoleTrusts;
  readonly keys: KmsKeys;
  readonly queues: Queues;
  /** The lines that functions and the API wrote. */
  readonly logs: LogGroups;
  /** The stacks that CloudFormation describes. */
  readonly stacks: DescribedStacks;
  /** The event source mappings that Lambda describes. */
  readonly mappings: DescribedMappings;
  /** The rules that EventBridge describes. */
  readonly rules: DescribedRule[];
  /** The service control policies. */
  readonly organizations: Policies;
  readonly faults: Faults;
  /** How many Logouts the portal accepts per second. */
  readonly logoutLimit: LogoutLimit;
  /** The requests so far, oldest first. New requests are added. */
  readonly requests: readonly JournalEntry[];
  /** The requests about one session. */
  readonly requestsAbout: Journal['about'];
  readonly peakConcurrency: Journal['peakConcurrency'];
  /** Answers a request that arrived at another server. */
  readonly dispatch: Dispatch;
  close(): Promise<void>;
}

/**
 * Emulates the portal, SSO OIDC, the identity store, Identity Center's account assignments, KMS, SQS, STS, Organizations'
 * policies and EventBridge's PutEvents on one HTTP server. Also emulates the calls by which people read from CloudFormation,
 * CloudWatch Logs and Lambda. All state is in memory.
 *
 * @throws the server's error, such as EADDRINUSE
 */
export async function startEmulators({
  port = 0,
  clock = Date.now,
  region = 'us-east-1',
  putEvent = () => {},
  record = () => {},
}: EmulatorsOptions = {}): Promise<Emulators> {
  const groups = createGroups();
  const users = createUsers(groups.leaveAll);
  const assignments = createAssignments(clock);
  const signIns = createSignIns(clock, users);
  const roleSessions = createRoleSessions(clock);
  const trusts: RoleTrusts = new Map();
  const keys = createKmsKeys();
  const queues = createQueues(clock);
  const organizations = createPolicies(clock);
  const logs = createLogGroups(clock);
  const stacks: DescribedStacks = [];
  const mappings: DescribedMappings = [];
  const rules: DescribedRule[] = [];
  const faults = createFaults();
  const logoutLimit = createLogoutLimit(clock);
  const journal = createJournal(clock);
  const events = { clock, region, put: putEvent };
  let url = '';
  const sqs = sqsService(queues, clock);
  const dispatch = createDispatcher({
    byPath: {
      ...portalOperations({ signIns, users, roleSessions, logoutLimit, clock }),
      ...oidcOperations(signIns, clock, () => url),
      ...lambdaOperations(mappings),
    },
    services: [
      kmsService(keys),
      identityStoreService(users, groups),
      ssoAdminService(assignments, groups),
      sqs,
      organizationsService(organizations),
      eventsService(events, rules),
      logsService(logs),
    ],
    formServices: [sqs, stsService({ clock, roleSessions, trusts }), cloudFormationService(stacks)],
    calls: controlCalls({ signIns, users, groups, assignments, faults, logoutLimit, journal, events }),
    faults,
    journal,
    record,
  });
  const server = createLocalServer(dispatch);
  url = localUrl(await listen(server, port));
  const { entries: requests, about: requestsAbout, peakConcurrency } = journal;
  const close = () => closeServer(server);
  return {
    url,
    signIns,
    users,
    groups,
    assignments,
    roleSessions,
    trusts,
    keys,
    queues,
    logs,
    stacks,
    mappings,
    rules,
    organizations,
    faults,
    logoutLimit,
    requests,
    requestsAbout,
    peakConcurrency,
    dispatch,
    close,
  };
}
