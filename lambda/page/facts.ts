import type { Revocation } from '../domain/record/describe-revocation.ts';
import { type Content, html, type Markup } from './html.ts';
import { id, told } from './sections.ts';
import { time } from './times.ts';
import { SOURCES } from './words.ts';

/** Who, why, asked by whom. */
export function facts(revocation: Revocation): Markup {
  const { reason, requestedBy, source, requestedAt, completedAt, revocationId, everyoneId, except } =
    revocation;
  return html`<dl class="facts">${[
    fact('Who', whoOf(revocation)),
    fact('Why', reason === undefined ? html`<span class="faint">No reason was given</span>` : told(reason)),
    fact('Asked for by', told(requestedBy), 'broad'),
    fact('Asked for', time(requestedAt)),
    fact(
      'Completed',
      completedAt === null ? html`<span class="faint">Not completed</span>` : time(completedAt),
    ),
    fact('Came by', SOURCES[source]),
    fact('Revocation', id(revocationId)),
    everyoneId !== undefined &&
      fact('Part of', html`<a href="${encodeURIComponent(everyoneId)}">the revocation of everyone</a>`),
    except !== undefined &&
      except.length > 0 &&
      fact(
        'Left out',
        html`<ul class="points">${except.map((user) => html`<li>${id(user)}</li>`)}</ul>`,
        'broad',
      ),
  ]}</dl>`;
}

function fact(name: string, value: Content, looks = ''): Markup {
  return html`<div class="${looks}"><dt>${name}</dt><dd>${value}</dd></div>`;
}

function whoOf(revocation: Revocation): Content {
  const { recordedUserName } = revocation;
  const subject = subjectOf(revocation);
  return recordedUserName === undefined ? subject : html`${told(recordedUserName)}<br>${subject}`;
}

function subjectOf({ subject }: Revocation): Content {
  if ('everyone' in subject) return 'Everyone';
  if ('sessionId' in subject) {
    if (subject.userId === undefined) return html`One session; nobody knows whose`;
    return html`One session of ${id(subject.userId)}`;
  }
  if ('userName' in subject) return html`Nobody has the user name ${told(subject.userName)}`;
  if (!('assignment' in subject)) return id(subject.userId);
  const { accountId, permissionSetName } = subject.assignment;
  return html`${id(subject.userId)}, permission set ${told(permissionSetName)} in account ${id(accountId)}`;
}
