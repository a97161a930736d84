import type { RevocationPage } from '../domain/record/read-revocation.ts';
import { document } from './document.ts';
import { facts } from './facts.ts';
import { type Content, html, type Markup } from './html.ts';
import { milestonesOf } from './milestones.ts';
import type { Page } from './page.ts';
import { accessOf, roleSessionsOf, sessionsOf } from './parts.ts';
import { points, section } from './sections.ts';
import { timeline } from './timeline.ts';
import { duration, time } from './times.ts';
import { iconOf } from './tones.ts';
import { kindOf, type Verdict, verdictOf } from './verdict.ts';

/** The page reloads after so many seconds, while anything is in progress. */
const REFRESH_SECONDS = 5;

export interface Asked {
  now: Date;
  /** The query parameters of the request. */
  query: Record<string, string | undefined>;
}

/** A revocation as a page for people. It shows only what the API answers, so whoever may read one may read the other. */
export function revocationPage(revocation: RevocationPage, { now, query }: Asked): Page {
  const verdict = verdictOf(revocation);
  const goesOn = isGoingOn(revocation);
  const refreshes = goesOn && query.refresh !== 'off';
  const { next } = revocation;
  return document({
    title: `${verdict.headline} · Revocation`,
    tone: verdict.tone,
    top: html`<p class="eyebrow"><b>Revocation of sign-in sessions</b><span>As of ${time(now.toISOString())}</span></p>`,
    main: [
      summary(revocation, verdict, now, goesOn ? waiting(refreshes, query) : undefined),
      next && section('todo', 'What you have to do', html`<p>${next.detail}</p>`, 'todo warn'),
      section('facts', 'Who asked for what', facts(revocation)),
      section('timeline', 'Timeline', timeline(milestonesOf(revocation, now), now)),
      html`<div class="pair">${promises(verdict)}</div>`,
      sessionsOf(revocation, pagesOf(revocation, query)),
      kindOf(revocation.subject) !== 'name' && roleSessionsOf(revocation),
      accessOf(revocation),
    ],
    foot: html`<p>All times are in UTC. This page shows what is recorded. It has no scripts, and loads nothing.</p><p class="screen">The same as JSON: <code>Accept: application/json</code></p>`,
    refreshSeconds: refreshes ? REFRESH_SECONDS : undefined,
  });
}

/** Whether the record will change without a person's action. */
function isGoingOn({ status, access, roleSessions }: RevocationPage): boolean {
  const isTaking = access?.status === 'PENDING' || access?.status === 'IN_PROGRESS';
  return status === 'IN_PROGRESS' || isTaking || roleSessions.notDenied === 'pending';
}

function summary(revocation: RevocationPage, verdict: Verdict, now: Date, wait: Content): Markup {
  const { status } = revocation;
  return html`<section class="sheet verdict ${verdict.tone}" aria-labelledby="verdict">${iconOf(verdict.tone)}
<p><span class="status">${status.replace('_', ' ')}</span></p>
<h1 id="verdict">${verdict.headline}</h1>
<div class="rest">${progress(revocation)}${bound(revocation, now)}${wait}</div></section>`;
}

/** How far the revocation is, while it is in progress. The bar has no value until a session is found. */
function progress({ status, sessions, subject }: RevocationPage): Content {
  if (status !== 'IN_PROGRESS' || kindOf(subject) === 'assignment') return undefined;
  const { found, loggedOut, alreadyInvalid, failed } = sessions;
  const ended = loggedOut + alreadyInvalid;
  const label =
    found === 0
      ? 'Looking for sessions'
      : `${ended} of ${found} sessions that were found so far are ended${failed > 0 ? `, ${failed} failed` : ''}`;
  const bar =
    found === 0
      ? html`<progress id="progress"></progress>`
      : html`<progress id="progress" value="${ended}" max="${found}"></progress>`;
  return html`<div><label for="progress">${label}</label>${bar}</div>`;
}

/** The one time that a reader must not miss. */
function bound({ subject, roleSessions: { mayContinueUntil } }: RevocationPage, now: Date): Content {
  const kind = kindOf(subject);
  if (kind === 'name') return undefined;
  const whose = {
    session: 'Role credentials of this session',
    user: 'Role credentials that this person had, or can still get from an earlier sign-in session,',
    everyone: 'Role credentials that anybody had, or can still get from an earlier sign-in session,',
    assignment: 'Role credentials of this permission set',
  }[kind];
  const left = Date.parse(mayContinueUntil) - now.getTime();
  const until = html`<strong>${time(mayContinueUntil)}</strong>`;
  const text =
    left > 0
      ? html`${whose} may work until ${until} at the latest: for ${duration(left)} from now.`
      : html`${whose} were over by ${until} at the latest.`;
  return html`<p class="bound">${text}</p>`;
}

function waiting(refreshes: boolean, query: Asked['query']): Markup {
  const change = refreshes
    ? html`The API sends this page anew every ${REFRESH_SECONDS} seconds. <a href="${linkTo(query, { refresh: 'off' })}">Stop that</a>`
    : html`This page stays as it is. <a href="${linkTo(query, { refresh: undefined })}">Keep it up to date</a>`;
  return html`<p class="faint small">Parts of this revocation are still in progress. <span class="screen">${change}</span></p>`;
}

function promises({ promises: does, doesNot }: Verdict): Markup {
  const always =
    'Logout ends no role session: those end by themselves, or are denied. What the person gets by signing in again comes on top.';
  return html`${section('promises', 'What this promises', points(does))}${section('not', 'What it does not promise', points([...doesNot, always]))}`;
}

function pagesOf({ nextCursor }: RevocationPage, query: Asked['query']): Content {
  const first =
    query.cursor !== undefined &&
    html`<li><a href="${linkTo(query, { cursor: undefined })}">First page</a></li>`;
  const next =
    nextCursor !== undefined &&
    html`<li><a href="${linkTo(query, { cursor: nextCursor })}">Next page</a></li>`;
  return (
    (first || next) &&
    html`<nav aria-label="Pages of sessions"><ul>${first}${next}</ul></nav><p class="paper small faint">This list has other pages, which are not printed here.</p>`
  );
}

/** A link to this page with other parameters. It is relative, so it works wherever the API is. */
function linkTo(query: Asked['query'], change: Asked['query']): string {
  const { limit, cursor, refresh } = { ...query, ...change };
  const given = Object.entries({ limit, cursor, refresh }).filter(([, value]) => value !== undefined);
  return `?${new URLSearchParams(given as [string, string][])}`;
}
