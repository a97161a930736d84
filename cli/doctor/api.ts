import { Failure } from '../failure.ts';
import { type Check, ok, problem } from './finding.ts';

/** No user has this id, so reading its sessions shows nothing about anybody. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Checks whether the API answers. The request also needs a function and a table. */
export const api: Check = {
  name: 'API',
  async look({ calls }) {
    try {
      await calls.sessionsOf(NOBODY);
      return ok('it answers, and you may read');
    } catch (error) {
      if (error instanceof Failure) return problem('it does not answer correctly', error.message);
      throw error;
    }
  },
};
