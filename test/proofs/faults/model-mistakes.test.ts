import { proof } from '../../support/proof.ts';
import { Command } from './model-commands.ts';
import { type Mistake, make, mistakes } from './model-mistakes.ts';
import { play } from './model-play.ts';
import { type Surroundings, startSurroundings } from './system-surroundings.ts';

// What would not see these mistakes in the system would not see others. Where two runs get in each other's way, it cannot be
// seen here, as one comes after the other: that is test/proofs/crash/broken-order.test.ts.

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

/** `lost` counts those that nobody would notice, and what is taken for a mistake where there is none. */
proof('model: mistakes made on purpose: a story gives each of them away', async (tally) => {
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
