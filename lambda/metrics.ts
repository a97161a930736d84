/** A metric that a function publishes, in the embedded metric format. */
export interface PublishedMetric {
  /** The functions that publish it, by the names of their handlers: the dimension `service`. */
  readonly by: readonly string[];
  readonly unit: 'Count' | 'Seconds' | 'Percent';
  readonly meaning: string;
}

const ENDING = ['revoke', 'work'] as const;
const ASKING_THE_PORTAL = [...ENDING, 'register-session', 'register-own-session'] as const;

const counted = (by: readonly string[], meaning: string): PublishedMetric => ({ by, unit: 'Count', meaning });
const seconds = (by: readonly string[], meaning: string): PublishedMetric => ({
  by,
  unit: 'Seconds',
  meaning,
});

/**
 * Every metric that any function publishes, and no other. The names are stable, because alarms, dashboards and people's own
 * queries use them. Functions import only the type, so that the texts are in no bundle. docs/metrics.md is written from this.
 *
 * A count of zero is not published: CloudWatch bills a metric for each hour in which it has a value, even if the value is zero.
 */
export const METRICS = {
  'Revocation:http:COMPLETED': counted(ENDING, 'revocations that a request asked for: all sessions ended'),
  'Revocation:http:NOTHING_HELD': counted(
    ENDING,
    'revocations that a request asked for: no session was held',
  ),
  'Revocation:http:FAILED': counted(
    ENDING,
    'revocations that a request asked for: a session could not be ended',
  ),
  'Revocation:event:COMPLETED': counted(['work'], 'revocations that an event asked for: all sessions ended'),
  'Revocation:event:NOTHING_HELD': counted(
    ['work'],
    'revocations that an event asked for: no session was held',
  ),
  'Revocation:event:FAILED': counted(
    ['work'],
    'revocations that an event asked for: a session could not be ended',
  ),
  'Revocation:sweep:COMPLETED': counted(['work'], 'revocations that the sweep found: all sessions ended'),
  'Revocation:sweep:NOTHING_HELD': counted(['work'], 'revocations that the sweep found: no session was held'),
  'Revocation:sweep:FAILED': counted(
    ['work'],
    'revocations that the sweep found: a session could not be ended',
  ),
  'SecondsToEnd:http': seconds(
    ENDING,
    'from the request to the last Logout, for each revocation that is over',
  ),
  'SecondsToEnd:event': seconds(['work'], 'from the event, when it happened, to the last Logout'),
  'SecondsToEnd:sweep': seconds(['work'], 'from the report of the sweep to the last Logout'),
  SessionRejected: counted(ENDING, 'sessions that can never be ended, and may be alive'),
  UserNameNotRecorded: counted(
    [...ENDING, 'end-assignments'],
    'records without the name of their user, because it could not be read',
  ),
  PortalFailed: counted(ASKING_THE_PORTAL, 'calls that the access portal did not answer, after all retries'),
  PortalThrottled: counted(ASKING_THE_PORTAL, 'calls that the access portal throttled, after all retries'),
  LogoutThrottled: counted(ENDING, 'requests to log out that the access portal throttled, retries included'),
  'Refused:not-your-session': counted(
    ['register-own-session'],
    'registrations that were refused because the caller is not the person',
  ),
  'Message:revoked': counted(['work'], 'messages whose sessions are ended'),
  'Message:fanned-out': counted(['work'], 'revocations of everyone that have a job for each user'),
  'Message:continued': counted(['work', 'remove-access'], 'messages whose remaining work was queued again'),
  'Message:not-ended': counted(
    ['work', 'remove-access'],
    'messages that are retried, because a session could not be ended yet, or access could not be taken away yet',
  ),
  'Message:waiting': counted(
    ['work', 'remove-access', 'end-assignments', 'tell'],
    'messages that are retried, because another run works on the same, or the change is not listed or recorded yet',
  ),
  'Message:ignored': counted(['work', 'end-assignments', 'tell'], 'messages that need no action'),
  'Message:told': counted(['tell'], 'events that were sent'),
  'Message:nobody': counted(['work'], 'removals whose user name nobody has'),
  'Message:lifted': counted(
    ['work', 'end-assignments'],
    '`work`: users who may sign in again; `end-assignments`: ended assignments whose denial somebody lifted',
  ),
  'Message:confirmed': counted(['work'], 'reports that led to a job'),
  'Message:failed': counted(
    ['work', 'remove-access', 'end-assignments', 'tell'],
    'messages that are retried after an error',
  ),
  'Message:access-removed': counted(['remove-access'], 'removals whose access is taken away'),
  'Message:denied': counted(['end-assignments'], 'ended assignments whose role sessions are denied'),
  'Message:removed': counted(
    ['end-assignments'],
    'ended assignments of removed users, who are denied everything',
  ),
  'Message:still-ended': counted(
    ['end-assignments'],
    'ended assignments that are still ended an hour later: the role sessions of that hour are denied, too',
  ),
  'Message:still-assigned': counted(
    ['end-assignments'],
    'ended assignments whose role the user still has by another assignment',
  ),
  'Message:kept': counted(['end-assignments'], 'assignments that are still listed at the last attempt'),
  'Message:no-permission-set': counted(
    ['end-assignments'],
    'ended assignments of a permission set that is gone',
  ),
  'RetriedSeconds:removals': seconds(['work'], 'age of a removal that failed and is retried'),
  'RetriedSeconds:bulk': seconds(['work'], 'age of a job that signs everyone out, failed and is retried'),
  AccessLeft: counted(['remove-access'], 'removals that left some access, or whose last attempt failed'),
  'Sweep:sessionsHeld': counted(['sweep'], 'sessions that are held'),
  'Sweep:usersChecked': counted(
    ['sweep'],
    'users for whom the sweep had to find out whether they may sign in',
  ),
  'Sweep:coverage': {
    by: ['sweep'],
    unit: 'Percent',
    meaning: 'the share of these users for whom it found out; also published if it is zero',
  },
  'Sweep:unanswered': counted(['sweep'], 'the users for whom it did not find out'),
  'Sweep:pagesListed': counted(['sweep'], 'calls that listed users'),
  'Sweep:usersAsked': counted(['sweep'], 'calls that looked up one user'),
  'Sweep:usersGone': counted(['sweep'], 'users with sessions who may not sign in any more'),
  'Sweep:usersBack': counted(['sweep'], 'users who are denied or refused and may sign in again'),
  'Sweep:slippedIn': counted(
    ['sweep'],
    'sessions that were registered while those of their user were being ended',
  ),
  'Sweep:stuck': counted(['sweep'], 'revocations that were begun half an hour ago and are not done'),
  'Sweep:listingsFailed': counted(['sweep'], 'listings of users that failed'),
  'Sweep:unreadable': counted(['sweep'], 'notes of revocations that cannot be parsed'),
  'Sweep:unfinished': counted(['sweep'], 'runs that had no time to check every user'),
  'DenyList:usersDenied': counted(['reconcile'], 'users, and ended assignments, that the policies deny'),
  'DenyList:everyoneDenied': counted(['reconcile'], 'statements by which the policies deny everyone'),
  'DenyList:usersWithoutRoom': counted(
    ['reconcile'],
    'users, and ended assignments, for which no policy has room',
  ),
  'DenyList:percentFull': {
    by: ['reconcile'],
    unit: 'Percent',
    meaning: 'how much of the room of all policies is used',
  },
  'DenyList:policiesUpdated': counted(['reconcile'], 'policies that were written'),
  'DenyList:policiesFailed': counted(['reconcile'], 'policies that could not be read or written'),
  'DenyList:settled': counted(['reconcile'], 'records that were brought up to date'),
  'DenyList:unsettled': counted(['reconcile'], 'records that are still behind'),
  'DenyList:unreadable': counted(['reconcile'], 'entries that cannot be parsed, and deny nobody'),
} as const satisfies Record<string, PublishedMetric>;

export type MetricName = keyof typeof METRICS;
