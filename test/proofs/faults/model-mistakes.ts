import { EVERYONE } from '../../../lambda/domain/denial.ts';
import type { Directory } from '../../../lambda/domain/ports.ts';
import type { DenyList, TokenCache } from '../../../lambda/domain/stores.ts';
import { MINUTE } from './model.ts';
import { type Act, lift, liftEveryone, quiet, reconcile, signsIn, work } from './model-commands.ts';
import { tell } from './model-events.ts';
import { ofEveryone, ofUser } from './model-requests.ts';
import { pass } from './system-quiet.ts';

/** Makes parts of the system, with something wrong in them. */
export interface Mistake {
  tokenCache?(right: TokenCache): Partial<TokenCache>;
  denyList?(right: DenyList): Partial<DenyList>;
  directory?(right: Directory): Partial<Directory>;
}

let current: Mistake = {};

/** Applies to everything that is wired from then on. */
export function make(mistake: Mistake): void {
  current = mistake;
}

export function withMistake<T>(part: keyof Mistake, right: T): T {
  const wrong = current[part] as ((right: T) => Partial<T>) | undefined;
  return { ...right, ...wrong?.(right) };
}

/** Makes sessions look to the workers as if they had been registered at another time. */
function registeredAt(at: () => Date): Mistake {
  return {
    tokenCache: (right) => ({
      async page(...args) {
        return (await right.page(...args)).map((session) => ({ ...session, registeredAt: at() }));
      },
    }),
  };
}

const come: Act = signsIn(0, true, 'register');
const removed = tell('removed', 0);
const disabled = tell('disabled', 0);
const changed = tell('changed', 0, 40 * MINUTE);
const enabledUnheard = tell('enabled', 0, 'lost');
const later: Act = async () => pass(6 * MINUTE);

/** Each one breaks a rule about who is signed out, refused, denied or let back in. Its story reveals it. */
export const mistakes: Record<string, { mistake: Mistake; story: Act[] }> = {
  'a sign-out ends whatever is held': {
    mistake: registeredAt(() => new Date(0)),
    story: [come, ofEveryone(undefined), come, quiet],
  },
  'a sign-out that comes late ends nothing': {
    mistake: registeredAt(() => new Date()),
    story: [come, ofEveryone(undefined), later, quiet],
  },
  'nobody is refused': {
    mistake: { tokenCache: () => ({ raiseFence: async () => {} }) },
    story: [ofUser(0, undefined), come],
  },
  'a fence is not taken down': {
    mistake: { tokenCache: () => ({ lowerFence: async () => true }) },
    story: [removed, work, lift(0), come],
  },
  'that somebody was let in is forgotten': {
    mistake: { tokenCache: () => ({ loweredAt: async () => undefined }) },
    story: [removed, ofUser(0, undefined), lift(0), quiet, reconcile],
  },
  'a denial is not lifted': {
    mistake: { denyList: () => ({ lift: async () => {} }) },
    story: [removed, work, lift(0), reconcile],
  },
  'everyone is not denied': {
    mistake: {
      denyList: (right) => ({
        enter: async (denial, signal) =>
          denial.userId === EVERYONE ? undefined : right.enter(denial, signal),
      }),
    },
    story: [come, ofEveryone(undefined), quiet, reconcile],
  },
  'whoever is excepted is signed out': {
    // The list of exceptions is in lower case.
    mistake: {
      tokenCache: (right) => ({
        async scan(...args) {
          const page = await right.scan(...args);
          return {
            ...page,
            users: page.users.map((user) => ({ ...user, userId: user.userId.toUpperCase() })),
          };
        },
      }),
    },
    story: [come, ofEveryone(undefined, [0]), quiet],
  },
  'a denial of everyone is not lifted': {
    mistake: { denyList: () => ({ lift: async () => {} }) },
    story: [come, ofEveryone(undefined), quiet, liftEveryone, reconcile],
  },
  'the sweep does not see who is denied': {
    mistake: { denyList: () => ({ entries: async () => ({ entries: [], unreadable: 0 }) }) },
    story: [disabled, work, enabledUnheard],
  },
  'an old answer of the directory lifts a denial': {
    mistake: {
      directory(right) {
        let first: ReturnType<Directory['statusOf']> | undefined;
        return {
          statusOf(...args) {
            first ??= right.statusOf(...args);
            return first;
          },
        };
      },
    },
    // The two workers alternate, so the one that lifts is not the one that denied.
    story: [changed, work, disabled, changed, work, work, reconcile],
  },
  'a late event is believed': {
    mistake: {
      directory: (right) => ({
        async statusOf(...args) {
          const status = await right.statusOf(...args);
          return status === 'enabled' && args[2] !== undefined ? 'disabled' : status;
        },
      }),
    },
    story: [disabled, enabledUnheard, later, come, work],
  },
};
