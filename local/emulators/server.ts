import { createServer } from 'node:http';
import type { Recorder } from '../call-log.ts';
import { closeServer, listen, localUrl } from '../http-server.ts';
import { controlCalls } from './control.ts';
import { createDispatcher, type Dispatch } from './dispatch.ts';
import { eventsService, type PutEvent } from './events.ts';
import { createFaults, type Faults } from './faults.ts';
import { identityStoreService } from './identity-store.ts';
import { createJournal, type Journal, type JournalEntry } from './journal.ts';
import { kmsService } from './kms.ts';
import { createKmsKeys, type KmsKeys } from './kms-keys.ts';
import { oidcOperations } from './oidc.ts';
import { organizationsService } from './organizations.ts';
import { createPolicies, type Policies } from './policies.ts';
import { portalOperations } from './portal.ts';
import { createQueues, type Queues } from './queues.ts';
import { type Clock, createSignIns, type SignIns } from './sign-ins.ts';
import { sqsService } from './sqs.ts';
import { stsService } from './sts.ts';
import { createUsers, type Users } from './users.ts';

export interface EmulatorsOptions {
  /** 0, a free one, unless told. */
  readonly port?: number;
  /** The computer's clock unless told. */
  readonly clock?: Clock;
  /** Of the events that are put; us-east-1 unless told. */
  readonly region?: string;
  /** Takes events that were put; nobody unless told. */
  readonly putEvent?: PutEvent;
  /** Gets to see every request; nobody unless told. */
  readonly record?: Recorder;
}

/** IAM Identity Center's portal and SSO OIDC, and the other services that the functions call. */
export interface Emulators {
  /** Serves all of them: endpoint of each. */
  readonly url: string;
  readonly signIns: SignIns;
  /** Who is in the identity store; shared with `signIns`. */
  readonly users: Users;
  readonly keys: KmsKeys;
  readonly queues: Queues;
  /** The service control policies. */
  readonly organizations: Policies;
  readonly faults: Faults;
  /** Requests so far, oldest first; grows. */
  readonly requests: readonly JournalEntry[];
  /** The requests about one session. */
  readonly requestsAbout: Journal['about'];
  readonly peakConcurrency: Journal['peakConcurrency'];
  /** Answers a request that arrived elsewhere. */
  readonly dispatch: Dispatch;
  close(): Promise<void>;
}

/**
 * Emulates the portal, SSO OIDC, the identity store, KMS, SQS, STS, Organizations' policies and EventBridge's PutEvents on
 * one HTTP server. All state is in memory.
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
  const users = createUsers();
  const signIns = createSignIns(clock, users);
  const keys = createKmsKeys();
  const queues = createQueues(clock);
  const organizations = createPolicies(clock);
  const faults = createFaults();
  const journal = createJournal(clock);
  let url = '';
  const sqs = sqsService(queues, clock);
  const dispatch = createDispatcher({
    byPath: { ...portalOperations(signIns, clock), ...oidcOperations(signIns, clock, () => url) },
    services: [
      kmsService(keys),
      identityStoreService(users),
      sqs,
      organizationsService(organizations),
      eventsService({ clock, region, put: putEvent }),
    ],
    formServices: [sqs, stsService(clock)],
    calls: controlCalls({ signIns, users, faults, journal }),
    faults,
    journal,
    record,
  });
  const server = createServer(dispatch);
  url = localUrl(await listen(server, port));
  const { entries: requests, about: requestsAbout, peakConcurrency } = journal;
  const close = () => closeServer(server);
  return {
    url,
    signIns,
    users,
    keys,
    queues,
    organizations,
    faults,
    requests,
    requestsAbout,
    peakConcurrency,
    dispatch,
    close,
  };
}
