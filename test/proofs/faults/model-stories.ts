import fc from 'fast-check';
import { HOUR, MINUTE, type Model } from './model.ts';
import { attackCommands } from './model-attack-stories.ts';
import { crash, nth, way, who } from './model-choices.ts';
import {
  type Act,
  Command,
  lift,
  liftEveryone,
  ofToken,
  PEOPLE,
  quiet,
  type Real,
  reconcile,
  register,
  signsIn,
  some,
  work,
} from './model-commands.ts';
import { TOLD, tell } from './model-events.ts';
import { ofEveryone, ofUser } from './model-requests.ts';
import { pass } from './system-quiet.ts';

/** All commands. Frequent ones are listed several times. */
export function commands(startedAt: number): fc.Arbitrary<fc.AsyncCommand<Model, Real>>[] {
  // So early that every denial lasts until the end.
  const latest = startedAt + 9 * 60 * MINUTE;
  const begin = fc
    .tuple(who, fc.boolean(), fc.integer({ min: 0, max: 4 }), way, crash)
    .map(([person, canRefresh, held, how, where]) => {
      const name = `${PEOPLE[person]} signs in${canRefresh ? ', refreshable' : ''}${held ? ', registered' : ''}`;
      const act = signsIn(person, canRefresh, held ? how : undefined);
      return new Command(name, act, held ? where : undefined);
    });
  const again = fc.tuple(nth, way, crash).map(([n, how, where]) => {
    const act: Act = async (model, real) => {
      const session = some(model, n);
      if (session) await register(model, real, session, how);
    };
    return new Command(`register ${n}`, act, where);
  });
  const byToken = fc
    .tuple(nth, fc.boolean(), fc.boolean(), crash)
    .map(
      ([n, isBare, isNamed, where]) =>
        new Command(`revoke ${n}${isBare ? ', bare' : ''}`, ofToken(n, isBare, isNamed), where),
    );
  const byUser = fc
    .tuple(who, fc.constantFrom(undefined, undefined, 'key-1', 'key-2'), crash)
    .map(
      ([person, key, where]) =>
        new Command(
          `revoke ${PEOPLE[person]} ${key ?? ''}`,
          ofUser(person, key && `${key}-${person}`),
          where,
        ),
    );
  const event = fc
    .tuple(fc.constantFrom(...TOLD), who, fc.constantFrom(0, 0, 0, 40 * MINUTE, 3 * HOUR, 'lost' as const))
    .map(([kind, person, late]) => {
      const when = late === 'lost' ? ', which is lost' : ` ${late / MINUTE} minutes ago`;
      return new Command(`${PEOPLE[person]} was ${kind}${late ? when : ''}`, tell(kind, person, late));
    });
  const everyone = fc
    .tuple(
      fc.constantFrom<[key?: string | undefined, excepted?: number]>(
        [],
        ['key-3'],
        [undefined, 0],
        ['key-4', 1],
      ),
      crash,
    )
    .map(([[key, excepted], where]) => {
      const except = excepted === undefined ? [] : [excepted];
      const name = `everyone ${key ?? ''}${except.map((who) => ` but ${PEOPLE[who]}`)}`;
      return new Command(name, ofEveryone(key, except), where);
    });
  const liftingEveryone = crash.map((where) => new Command('lift everyone', liftEveryone, where));
  const oneMessage = crash.map((where) => new Command('work', work, where));
  const redeliver = nth.map(
    (n) =>
      new Command(`redeliver ${n}`, async (_model, { system, done }) => {
        const message = done[n % Math.max(1, done.length)];
        if (message) system.queues.working[message.queue].send(message.body);
      }),
  );
  const refresh = nth.map(
    (n) =>
      new Command(`the client refreshes ${n}`, async (model, { system }) => {
        const file = some(model, n)?.file;
        if (file) system.emulators.signIns.refresh(file.clientId, file.refreshToken);
      }),
  );
  const time = fc.constantFrom(1, 6, 31, 61).map(
    (minutes) =>
      new Command(`${minutes} minutes pass`, async () => {
        if (Date.now() < latest) pass(minutes * MINUTE);
      }),
  );
  const sweep = crash.map((where) => new Command('sweep', (_model, { system }) => system.sweep(), where));
  const lifting = fc
    .tuple(who, crash)
    .map(([person, where]) => new Command(`lift ${PEOPLE[person]}`, lift(person), where));
  const reconciling = crash.map((where) => new Command('reconcile', reconcile, where));
  const all = fc.constant(new Command('until quiet', quiet));
  const honest = [
    begin,
    begin,
    begin,
    again,
    byToken,
    byUser,
    event,
    event,
    everyone,
    oneMessage,
    oneMessage,
    oneMessage,
  ].concat([redeliver, refresh, time, time, sweep, lifting, liftingEveryone, reconciling, all]);
  return [...honest, ...attackCommands(latest)];
}
