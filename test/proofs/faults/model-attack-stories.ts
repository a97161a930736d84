import fc from 'fast-check';
import { MINUTE, type Model } from './model.ts';
import {
  forgeries,
  refusals,
  registerAgain,
  registerForged,
  registerSpoilt,
  spoiltFiles,
  tellForged,
} from './model-attackers.ts';
import { crash, nth, way, who } from './model-choices.ts';
import { type Act, Command, PEOPLE, type Real } from './model-commands.ts';
import { pass } from './system-quiet.ts';

/** The actions of dishonest people among honest ones. @param latest - no hours pass from then on */
export function attackCommands(latest: number): fc.Arbitrary<fc.AsyncCommand<Model, Real>>[] {
  const dishonest = fc
    .tuple(nth, way, fc.constantFrom(...keysOf(spoiltFiles)), crash)
    .map(([n, how, what, where]) => {
      const act: Act = async (model, real) => {
        await registerAgain(n, how, what)(model, real);
        // The access token expires, so what is held must work without it.
        if (Date.now() < latest) pass(61 * MINUTE);
      };
      return new Command(`register ${n} again ${what}, and an hour passes`, act, where);
    });
  const forged = fc
    .tuple(nth, way, fc.constantFrom(...keysOf(refusals)), crash)
    .map(
      ([n, how, what, where]) =>
        new Command(`register ${n} with ${what}`, registerForged(n, how, what), where),
    );
  const spoilt = fc.tuple(who, way, fc.constantFrom(...keysOf(spoiltFiles))).map(([person, how, what]) => {
    const userName = PEOPLE[person] ?? '';
    return new Command(`${userName} signs in, registered ${what}`, registerSpoilt(userName, how, what));
  });
  const forgedEvent = fc
    .tuple(
      fc.constantFrom(...keysOf(forgeries)),
      fc.constantFrom('DeleteUser' as const, 'DisableUser' as const, 'EnableUser' as const),
      who,
    )
    .map(
      ([what, call, person]) =>
        new Command(`${call} of ${PEOPLE[person]} ${what}`, tellForged(what, call, person)),
    );
  return [dishonest, dishonest, forged, forged, spoilt, forgedEvent, forgedEvent];
}

function keysOf<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[];
}
