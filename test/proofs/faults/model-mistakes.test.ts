import { proof } from '../../support/proof.ts';
import { Command } from './model-commands.ts';
import { type Mistake, make, mistakes } from './model-mistakes.ts';
import { play } from './model-play.ts';
import { type Surroundings, startSurroundings } from './system-surroundings.ts';

// A model that misses these mistakes in the system would miss others. Mistakes of parallel runs cannot be seen here,
// because runs follow each other: test/proofs/crash/broken-order.test.ts has those.

jest.mock('../../../lambda/aws/token-cache/token-cache.ts', () => {
  const { dynamoTokenCache } = jest.requireActual('../../../lambda/aws/token-cache/token-cache.ts');
  const { withMistake } = jest.requireActual('./model-mistakes.ts');
  return {
    dynamoTokenCache: (...args: unknown[]) => withMistake('tokenCache', dynamoTokenCache(...args)),
  };
});
jest.mock('../../../lambda/aws/role-sessions/deny-list.ts', () => {
  const { dynamoDenyList } = jest.requireActual('../../../lambda/aws/role-sessions/deny-list.ts');
  const { withMistake } = jest.requireActual('./model-mistakes.ts');
  return { dynamoDenyList: (...args: unknown[]) => withMistake('denyList', dynamoDenyList(...args)) };
});
jest.mock('../../../lambda/domain/detect/paced-directory.ts', () => {
  const { pacedDirectory } = jest.requireActual('../../../lambda/domain/detect/paced-directory.ts');
  const { withMistake } = jest.requireActual('./model-mistakes.ts');
  return { pacedDirectory: (...args: unknown[]) => withMistake('directory', pacedDirectory(...args)) };
});

let surroundings: Surroundings;

beforeAll(async () => {
  surroundings = await startSurroundings();
}, 30_000);
afterAll(() => surroundings.close());

/** `lost` counts the mistakes that no story reveals, and a report of a mistake where there is none. */
proof('model: a story reveals each mistake that is made on purpose', async (tally) => {
  for (const [name, { mistake, story }] of Object.entries(mistakes)) {
    const isNoticed = async (made: Mistake) => {
      make(made);
      const commands = story.map((act) => new Command(name, act));
      return play(surroundings, commands).then(
        () => false,
        () => true,
      );
    };
    const noticed = [await isNoticed({}), await isNoticed(mistake)];
    tally.tried += 1;
    tally.lost += Number(String(noticed) !== 'false,true');
    expect({ name, noticed }).toEqual({ name, noticed: [false, true] });
  }
});
