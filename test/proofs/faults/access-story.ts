import { derivedId } from '../../../lambda/domain/ids.ts';
import { apiCallEvent, userRemovedEvent } from '../../support/events.ts';
import type { Company, Person } from './access-people.ts';
import { chosen } from './fault-story.ts';
import type { Numbers } from './seeded.ts';
import type { System } from './system.ts';
import { pass, untilQuiet } from './system-quiet.ts';

const [SECOND, MINUTE] = [1_000, 60_000];
/** Milliseconds from the request of a change to its end. */
const CHANGES = [0, 0, 500, 3_000, 20_000];

export interface AccessStory {
  /** False claims during the story. */
  broken: string[];
  step(): Promise<void>;
  /** Ends all faults. Then everything is redelivered, redriven and repeated until nothing is left to do. */
  calmDown(): Promise<void>;
  /** Treats all removals as mistakes, except those of deleted users, and restores everything. */
  restoreAll(): Promise<void>;
}

/** Removes people and lets them in again, in an order that the seed decides, while others are active, too. */
export function tellOfAccess(system: System, company: Company, numbers: Numbers): AccessStory {
  const { users, assignments } = system.emulators;
  const { removals, access } = system.queues.working;
  const broken: string[] = [];
  /** By revocation: calls to restore that their callers repeat. */
  const pending = new Set<string>();
  let events = 0;
  const someone = () => numbers.pick(company.people.filter(({ isDeleted }) => !isDeleted));

  function tell(person: Person, event: object): void {
    events += 1;
    const id = `event-${events}`;
    person.removals.push(derivedId('user', 'event', person.userId, id));
    removals.send(JSON.stringify({ ...event, id, time: new Date().toISOString() }));
  }

  /** By the company's own event before the directory knows, or by the directory's. */
  function remove(person: Person): void {
    const { userId } = person;
    const isOwnWord = numbers.chance(0.25);
    if (isOwnWord) tell(person, userRemovedEvent({ userId }));
    else {
      person.isDeleted = numbers.chance(0.1);
      if (person.isDeleted) users.delete(userId);
      else users.disable(userId);
      person.isSurelyOut = true;
      tell(
        person,
        apiCallEvent('sso-directory', person.isDeleted ? 'DeleteUser' : 'DisableUser', { userId }),
      );
    }
  }

  async function restore(revocationId: string): Promise<void> {
    const { status, body } = await system.ask('restore', { pathParameters: { revocationId } });
    if (body.code === 'internal') broken.push('restoring failed with a defect');
    const isOver = status === 200 || ['user-not-enabled', 'nothing-to-restore'].includes(body.code);
    if (isOver) pending.delete(revocationId);
    // A removal whose message is still queued is not known yet.
    else if (status !== 404) pending.add(revocationId);
    if (status === 200 && body.access.status !== 'RESTORED') broken.push(`${revocationId} is answered 200`);
  }

  function letIn(person: Person): void {
    users.enable(person.userId);
    person.isSurelyOut = false;
  }

  async function undo(person: Person): Promise<void> {
    letIn(person);
    const revocationId = numbers.pick(person.removals);
    if (revocationId) await restore(revocationId);
  }

  function forge(): void {
    const [one, other] = [someone(), someone()];
    const revocationId = numbers.pick([...(one?.removals ?? []), `user.${'f'.repeat(43)}`]);
    const userId = numbers.chance(0.5) ? company.colleague : other?.userId;
    // With its own user, the message would be a repetition of the removal.
    if (other?.removals.includes(revocationId ?? '')) return;
    access.send(
      JSON.stringify({ kind: 'remove-access', revocationId, userId, cause: 'removed', isForged: true }),
    );
  }

  /** Nobody redrives these messages, because they are never understood. */
  function buryForged(): void {
    for (const { body, receiptHandle } of system.queues.dead.receive(10, 0))
      if (body.includes('isForged')) system.queues.dead.delete(receiptHandle);
  }

  async function work(): Promise<void> {
    const { received } = await system.work(1);
    // Delivers the message once more, as a standard queue may.
    if (numbers.chance(0.1)) for (const { queue, body } of received) system.queues.working[queue].send(body);
  }

  async function onSome(act: (person: Person) => unknown): Promise<void> {
    const person = someone();
    if (person) await act(person);
  }

  const acts: [weight: number, act: () => unknown][] = [
    [3, () => onSome(remove)],
    [2, () => onSome(undo)],
    [1, () => onSome(letIn)],
    [1, () => onSome(({ userId }) => system.ask('revoke', { body: { userId } }))],
    [0.5, () => system.ask('revoke', { body: { userId: company.colleague } })],
    [1, forge],
    // One message at a time, because parallel work cannot be replayed.
    [14, work],
    [1, () => system.crashAt(1 + numbers.below(30), numbers.chance(0.5) ? 'before' : 'after')],
    [1, () => assignments.set({ failNext: 'The role cannot be changed.' })],
    [1, () => assignments.set({ changeMillis: numbers.pick(CHANGES) ?? 0 })],
    [
      1,
      () =>
        onSome((person) => {
          person.isSurelyOut = false;
          company.give(
            person,
            numbers.pick(company.grants) ?? { kind: 'membership', groupId: '', membershipId: '' },
          );
        }),
    ],
    [1, () => system.reconcileIfWoken()],
    [3, () => pass(numbers.below(8) * MINUTE)],
    [1, () => system.queues.redrive()],
    [2, () => Promise.all([...pending].slice(0, 1).map(restore))],
  ];

  async function repeatAll(): Promise<void> {
    for (let round = 0; pending.size > 0 && round < 30; round += 1) {
      pass(MINUTE);
      for (const revocationId of [...pending]) await restore(revocationId);
    }
    for (const revocationId of pending) broken.push(`${revocationId} cannot be restored in calm weather`);
  }

  return {
    broken,
    async step() {
      pass(SECOND);
      await chosen(numbers, acts)();
    },
    async calmDown() {
      system.crashAt(0, 'before');
      system.calm();
      assignments.set({ failNext: undefined, changeMillis: 0 });
      await repeatAll();
      await untilQuiet(system, broken, buryForged);
    },
    async restoreAll() {
      for (const person of company.people.filter(({ isDeleted }) => !isDeleted)) {
        letIn(person);
        for (const revocationId of person.removals) await restore(revocationId);
      }
      await repeatAll();
    },
  };
}
