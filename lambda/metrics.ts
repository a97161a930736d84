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
 * Every metric that any function publishes, and no other. The names are stable: alarms, dashboards and people's own queries
 * rest on them. Functions import the type alone, so that the texts are in no bundle. docs/metrics.md is written from this.
 *
 * Zero is not published: a metric costs money in each hour in which it has a value, also if the value is zero.
 */
export const METRICS = {
  'Revocation:http:COMPLETED': counted(ENDING, 'revocations that a request asked for: all sessions ended'),
  'Revocation:http:NOTHING_HELD': counted(ENDING, 'the same: no session was held'),
  'Revocation:http:FAILED': counted(ENDING, 'the same: a session could not be ended'),
  'Revocation:event:COMPLETED': counted(['work'], 'revocations that an event asked for: all sessions ended'),
  'Revocation:event:NOTHING_HELD': counted(['work'], 'the same: no session was held'),
  'Revocation:event:FAILED': counted(['work'], 'the same: a session could not be ended'),
  'Revocation:sweep:COMPLETED': counted(['work'], 'revocations that the sweep found: all sessions ended'),
  'Revocation:sweep:NOTHING_HELD': counted(['work'], 'the same: no session was held'),
  'Revocation:sweep:FAILED': counted(['work'], 'the same: a session could not be ended'),
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
  'Message:continued': counted(['work', 'remove-access'], 'messages whose rest was queued again'),
  'Message:not-ended': counted(
    ['work', 'remove-access'],
    'messages that come back, because something resists',
  ),
  'Message:waiting': counted(
    ['work', 'remove-access', 'end-assignments', 'tell'],
    'messages that come back, because another run is at it, or because what they tell of is not recorded yet',
  ),
  'Message:ignored': counted(['work', 'end-assignments', 'tell'], 'messages that ask for nothing'),
  'Message:told': counted(['tell'], 'events that were sent'),
  'Message:nobody': counted(['work'], 'removals that name nobody'),
  'Message:lifted': counted(['work', 'end-assignments'], 'users who were let in again'),
  'Message:confirmed': counted(['work'], 'reports that turned out to be true'),
  'Message:failed': counted(
    ['work', 'remove-access', 'end-assignments', 'tell'],
    'messages that come back after an error',
  ),
  'Message:access-removed': counted(['remove-access'], 'removals whose access is taken away'),
  'Message:denied': counted(['end-assignments'], 'ended assignments whose role sessions are denied'),
  'Message:removed': counted(['end-assignments'], 'ended assignments of somebody who is denied everything'),
  'Message:still-ended': counted(['end-assignments'], 'ended assignments that were denied before'),
  'Message:still-assigned': counted(['end-assignments'], 'assignments that others give all the same'),
  'Message:kept': counted(['end-assignments'], 'assignments that still stand at the last attempt'),
  'Message:no-permission-set': counted(
    ['end-assignments'],
    'ended assignments of a permission set that is gone',
  ),
  'RetriedSeconds:removals': seconds(['work'], 'age of a removal that failed and comes back'),
  'RetriedSeconds:bulk': seconds(['work'], 'age of a job of signing out everyone that failed and comes back'),
  AccessLeft: counted(['remove-access'], 'removals that left some access, or were given up'),
  'Sweep:sessionsHeld': counted(['sweep'], 'sessions that are held'),
  'Sweep:usersChecked': counted(
    ['sweep'],
    'users of whom the identity store was to say whether they may sign in',
  ),
  'Sweep:coverage': {
    by: ['sweep'],
    unit: 'Percent',
    meaning: 'of how many of them it said so; also published if it is zero',
  },
  'Sweep:unanswered': counted(['sweep'], 'those of them without an answer'),
  'Sweep:pagesListed': counted(['sweep'], 'calls that listed users'),
  'Sweep:usersAsked': counted(['sweep'], 'calls that asked for one user'),
  'Sweep:usersGone': counted(['sweep'], 'users with sessions who may not sign in any more'),
  'Sweep:usersBack': counted(['sweep'], 'users who are denied or refused and may sign in again'),
  'Sweep:slippedIn': counted(
    ['sweep'],
    'sessions that were registered while those of their user were being ended',
  ),
  'Sweep:stuck': counted(['sweep'], 'revocations that were begun half an hour ago and are not done'),
  'Sweep:listingsFailed': counted(['sweep'], 'listings of users that broke off'),
  'Sweep:unreadable': counted(['sweep'], 'notes of revocations that cannot be understood'),
  'Sweep:unfinished': counted(['sweep'], 'runs without time for everybody'),
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
  'DenyList:unreadable': counted(
    ['reconcile'],
    'entries that cannot be understood, so that nobody is denied by them',
  ),
} as const satisfies Record<string, PublishedMetric>;

export type MetricName = keyof typeof METRICS;
