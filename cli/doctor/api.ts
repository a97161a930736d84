import { Failure } from '../failure.ts';
import { type Check, ok, problem } from './finding.ts';

/** No user has this id: asked about, it costs nobody anything. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Whether the API answers, function and table with it. */
export const api: Check = {
  name: 'API',
  async look({ calls }) {
    try {
      await calls.sessionsOf(NOBODY);
      return ok('it answers, and you may read');
    } catch (error) {
      if (error instanceof Failure) return problem('it does not answer as it should', error.message);
      throw error;
    }
  },
};
