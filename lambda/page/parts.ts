import type { AccessItemShown, RevocationPage, UserShown } from '../domain/record/read-revocation.ts';
import { type Content, html, type Markup } from './html.ts';
import { id, said, section, table, told } from './sections.ts';
import { time } from './times.ts';
import { kindOf } from './verdict.ts';
import { ACCESS, ITEMS, LEFT, NOT_DENIED, OUTCOMES, STATUSES } from './words.ts';

/** The sessions and their outcomes; nothing if no sessions were looked for. */
export function sessionsOf({ subject, sessions, outcomes, users }: RevocationPage, pages: Content): Content {
  const kind = kindOf(subject);
  if (kind === 'assignment' || kind === 'name') return undefined;
  const { found, loggedOut, alreadyInvalid, pending, failed } = sessions;
  const counts: [string, number][] = [
    ['Found', found],
    ['Logged out', loggedOut],
    ['Already invalid', alreadyInvalid],
    ['Pending', pending],
    ['Failed', failed],
  ];
  const tiles = counts.map(
    ([name, count]) =>
      html`<div class="${count === 0 ? 'zero' : ''}"><dt>${name}</dt><dd>${count}</dd></div>`,
  );
  const list = users ? usersIn(users) : outcomesIn(outcomes);
  return section('sessions', 'Sessions', html`<dl class="tiles">${tiles}</dl>${list}${pages}`);
}

function outcomesIn(outcomes: RevocationPage['outcomes']): Markup {
  if (outcomes.length === 0) return html`<p class="faint">No session is listed here.</p>`;
  const rows = outcomes.map(({ sessionId, outcome, at, attempts, registeredWith, error }) => [
    html`${id(sessionId)}${registeredWith !== undefined && html`<br><span class="faint small">Registered with ${told(registeredWith)}</span>`}`,
    html`${said(OUTCOMES[outcome])}<br><span class="faint small">${counted(attempts, 'request')}${error !== undefined && html`, ${error}`}</span>`,
    time(at),
  ]);
  return table('What became of each session, by its id', ['Session', 'Outcome', 'When'], rows);
}

function usersIn(users: UserShown[]): Markup {
  if (users.length === 0) return html`<p class="faint">No user is listed here.</p>`;
  const rows = users.map(({ userId, revocationId, status, at, sessions }) => [
    html`<a href="${encodeURIComponent(revocationId)}">${id(userId)}</a>`,
    html`${said(STATUSES[status])}<br><span class="faint small">${counted(sessions.found, 'session')}</span>`,
    time(at),
  ]);
  return table('Everyone who is covered, with their own revocation', ['User', 'Status', 'When'], rows);
}

/** Whether role sessions, which outlive the sign-in sessions, are denied. */
export function roleSessionsOf({ roleSessions, everyoneId }: RevocationPage): Markup {
  const { deniedAt, deniedUntil, deniedIssuedBefore, notDenied, liftedBy, liftedReason } = roleSessions;
  const state =
    notDenied === undefined
      ? said({ tone: 'good', text: 'Denied by a service control policy.' })
      : said(NOT_DENIED[notDenied]);
  const seeEveryone =
    notDenied === 'everyone' &&
    everyoneId !== undefined &&
    html` <a href="${encodeURIComponent(everyoneId)}">See that revocation.</a>`;
  const rows: [string, Content][] = [
    ['In the policy since', deniedAt === null ? undefined : time(deniedAt)],
    ['Denied until', deniedUntil && time(deniedUntil)],
    ['Denied if issued before', deniedIssuedBefore && time(deniedIssuedBefore)],
    ['Lifted by', liftedBy !== undefined && told(liftedBy)],
    ['Lifted because', liftedReason !== undefined && told(liftedReason)],
  ];
  const shown = rows.filter(([, value]) => value);
  return section(
    'roles',
    'Role sessions',
    html`<p>${state}${seeEveryone}</p>${
      shown.length > 0 &&
      html`<dl class="facts">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
    }<p class="faint small">AWS takes some time until a policy holds everywhere. No policy reaches the management account, or a role that was assumed from these credentials.</p>`,
  );
}

/** The access that the removal took away; nothing if it takes none away. */
export function accessOf({ access, accessItems }: RevocationPage): Content {
  if (!access) return undefined;
  const { assignments, memberships } = access;
  const counts = [
    `Taken away: ${counted(assignments.removed, 'account assignment')}, ${counted(memberships.removed, 'group membership')}.`,
    `Left: ${assignments.left + memberships.left}.`,
  ].join(' ');
  const items = accessItems ?? [];
  return section(
    'access',
    'Access taken away',
    html`<p>${said(ACCESS[access.status])}</p><p>${counts}</p>${
      items.length > 0 && table('Each grant that was found', ['Grant', 'State', 'When'], items.map(rowOf))
    }`,
  );
}

function rowOf(item: AccessItemShown): Content[] {
  const grant =
    item.kind === 'assignment'
      ? html`Account ${id(item.accountId)}<br><span class="faint small">${item.permissionSetArn}</span>`
      : html`Group ${id(item.groupId)}`;
  const why = item.why && html`<br><span class="faint small">${LEFT[item.why]}</span>`;
  return [grant, html`${said(ITEMS[item.state])}${why}`, time(item.at)];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
