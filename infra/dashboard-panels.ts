import type { MetricName } from '../lambda/metrics.ts';

export interface Line {
  readonly metric: MetricName;
  readonly label: string;
  /** @default Sum */
  readonly statistic?: 'Sum' | 'p50' | 'p99' | 'Maximum';
}

export interface Panel {
  /** Written for readers of the dashboard, who may not know the code. */
  readonly title: string;
  readonly lines: readonly Line[];
  readonly percent?: true;
}

const line = (metric: MetricName, label: string): Line => ({ metric, label });
const highest = (metric: MetricName, label: string): Line => ({ metric, label, statistic: 'Maximum' });

function revocationsBy(source: 'http' | 'event' | 'sweep', title: string): Panel {
  return {
    title,
    lines: [
      line(`Revocation:${source}:COMPLETED`, 'all sessions ended'),
      line(`Revocation:${source}:NOTHING_HELD`, 'no session was held'),
      line(`Revocation:${source}:FAILED`, 'a session could not be ended'),
    ],
  };
}

function secondsToEnd(source: 'http' | 'event' | 'sweep', label: string): Line[] {
  const metric = `SecondsToEnd:${source}` as const;
  return [
    { metric, label: `${label}: half are faster`, statistic: 'p50' },
    { metric, label: `${label}: 99 of 100 are faster`, statistic: 'p99' },
  ];
}

/** The graphs of the functions' metrics. Each metric must be in a graph or in an alarm: test/infra/shown-metrics.test.ts. */
export const PANELS: readonly Panel[] = [
  revocationsBy('http', 'Sign-outs that somebody requested'),
  revocationsBy('event', 'Sign-outs of people who left, by events'),
  revocationsBy('sweep', 'Sign-outs of people who left, found by the sweep'),
  {
    title: 'Seconds from the request to the last Logout',
    lines: [
      ...secondsToEnd('http', 'requested'),
      ...secondsToEnd('event', 'by an event'),
      ...secondsToEnd('sweep', 'found by the sweep'),
    ],
  },
  { title: 'Sessions that are held', lines: [highest('Sweep:sessionsHeld', 'sessions')] },
  {
    title: 'Seconds that failing removals have been tried',
    lines: [
      highest('RetriedSeconds:removals', 'removals'),
      highest('RetriedSeconds:bulk', 'signing out everyone'),
    ],
  },
  {
    title: 'Access portal of AWS',
    lines: [
      line('PortalFailed', 'calls not answered'),
      line('LogoutThrottled', 'requests to log out throttled, and sent again'),
      line('PortalThrottled', 'calls throttled to the end'),
      line('SessionRejected', 'sessions rejected for good'),
      line('Refused:not-your-session', 'registrations for somebody else, refused'),
    ],
  },
  {
    title: 'Deny list: per cent of its room that is used',
    percent: true,
    lines: [highest('DenyList:percentFull', 'used')],
  },
  {
    title: 'Deny list: whose role sessions are denied',
    lines: [
      highest('DenyList:usersDenied', 'users'),
      highest('DenyList:everyoneDenied', 'everyone'),
      highest('DenyList:usersWithoutRoom', 'without room: not denied'),
      highest('DenyList:unreadable', 'damaged entries: not denied'),
    ],
  },
  {
    title: 'Deny list: work of the reconciler',
    lines: [
      line('DenyList:policiesUpdated', 'policies written'),
      line('DenyList:policiesFailed', 'policies that could not be written'),
      line('DenyList:settled', 'records brought up to date'),
      highest('DenyList:unsettled', 'records that are behind'),
    ],
  },
  {
    title: 'Sweep: per cent of people whom the directory answered for',
    percent: true,
    lines: [highest('Sweep:coverage', 'answered')],
  },
  {
    title: 'Sweep: found without an event',
    lines: [
      line('Sweep:usersGone', 'people with sessions who left'),
      line('Sweep:usersBack', 'people who may sign in again'),
      line('Sweep:slippedIn', 'sessions registered during a sign-out'),
      line('Sweep:stuck', 'sign-outs that are stuck'),
    ],
  },
  {
    title: 'Sweep: people, and what went wrong',
    lines: [
      highest('Sweep:usersChecked', 'people looked up'),
      highest('Sweep:unanswered', 'people without an answer'),
      line('Sweep:listingsFailed', 'listings that failed'),
      line('Sweep:unreadable', 'notes that are damaged'),
      line('Sweep:unfinished', 'runs that ran out of time'),
    ],
  },
  {
    title: 'Messages: done',
    lines: [
      line('Message:revoked', 'signed out'),
      line('Message:fanned-out', 'everyone: a job for each user'),
      line('Message:lifted', 'allowed to sign in again'),
      line('Message:confirmed', 'reports confirmed'),
      line('Message:ignored', 'nothing to do'),
      line('Message:access-removed', 'access taken away'),
      line('Message:told', 'events sent'),
    ],
  },
  {
    title: 'Messages: retried, or failed',
    lines: [
      line('Message:continued', 'queued again to continue'),
      line('Message:waiting', 'waits for another run'),
      line('Message:not-ended', 'sessions not ended: retried'),
      line('Message:failed', 'error: retried'),
      line('Message:nobody', 'user does not exist'),
      line('AccessLeft', 'access not taken away'),
      line('UserNameNotRecorded', 'user name not recorded'),
    ],
  },
  {
    title: 'Ended account assignments',
    lines: [
      line('Message:denied', 'role sessions denied'),
      line('Message:removed', 'the person is denied everything'),
      line('Message:still-ended', 'denied before'),
      line('Message:still-assigned', 'another assignment gives the same role'),
      line('Message:kept', 'not deleted: not denied'),
      line('Message:no-permission-set', 'permission set deleted: not denied'),
    ],
  },
  {
    title: 'Cost: requests to the identity store by the sweep',
    lines: [line('Sweep:pagesListed', 'pages listed'), line('Sweep:usersAsked', 'users looked up')],
  },
];
