import fc from 'fast-check';
import { PEOPLE } from './model-commands.ts';
import type { Registration } from './system-people.ts';

/** The person whose turn it is. */
export const who = fc.nat(PEOPLE.length - 1);
/** The number of a session. */
export const nth = fc.nat(20);
export const way = fc.constantFrom<Registration>('register', 'registerOwn');
const abandoned = fc.record({
  call: fc.integer({ min: 1, max: 14 }),
  sent: fc.constantFrom('before' as const, 'after' as const),
});
/** No crash in two of three cases. */
export const crash = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: abandoned },
);
