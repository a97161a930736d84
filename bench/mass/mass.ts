import { routes } from '../../lambda/routes.ts';
import { bareFunction } from '../bare/bundle.ts';
import { type MeasuredFunction, startMeasured } from '../measured/measured.ts';
import { type BenchContext, median, type Section } from '../section.ts';
import { type BenchStack, startBenchStack } from '../stack.ts';
import { type AwsCli, findAwsCli } from './aws-cli.ts';
import { type EndSessions, endEveryone, endOneUser } from './crowds.ts';
import { AT_ONCE, fastAssembly } from './fast-assembly.ts';

const PORTAL_MILLIS = 20;
/** The ways are measured in turn, so that other work of the machine affects all of them. */
const ROUNDS = 3;
const SESSIONS = 1_000;
/** Measured in the last round only. It shows that the time grows no faster than the number of sessions. */
const MANY_SESSIONS = 4_000;
/** Only a few, because a call of the AWS CLI takes most of a second. */
const CLI_CALLS = 5;
const CLI_FILES = 200;

interface Way {
  readonly name: string;
  readonly sessions: number;
  readonly end: EndSessions;
  /** The seconds of each round. */
  readonly seconds: number[];
}

/** Measures how many sessions end per second if there are many to end. */
export async function measureMass(context: BenchContext): Promise<Section> {
  const assembly = await fastAssembly(context);
  const stack = await startBenchStack({ ...context, assembly });
  const { emulator } = stack.running.stack;
  emulator.faults.setDelay({ operation: 'logout', delayMillis: PORTAL_MILLIS });
  const bundle = await bareFunction('logouts', context.workDirectory, stack.runnable('work').environment);
  const bare = await startMeasured(bundle);
  const cli = await findAwsCli(context.env, emulator.url, context.workDirectory);
  try {
    const ways = waysToEnd(stack, assembly, bare, cli);
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const way of ways) {
        if (way.sessions === MANY_SESSIONS && round < ROUNDS) continue;
        context.progress(`  round ${round} of ${ROUNDS}: ${way.name}, ${way.sessions}`);
        way.seconds.push(await way.end(way.sessions));
      }
    }
    return section(ways, cli);
  } finally {
    bare.end();
    await stack.close();
  }
}

/** The others are compared with the first one. */
function waysToEnd(
  stack: BenchStack,
  assembly: string,
  bare: MeasuredFunction,
  cli: AwsCli | undefined,
): Way[] {
  const { running } = stack;
  const { signIns } = running.stack.emulator;
  const way = (name: string, sessions: number, end: EndSessions): Way => ({
    name,
    sessions,
    end,
    seconds: [],
  });
  const newFiles = (count: number) => Array.from({ length: count }, () => signIns.signIn());
  const endBare: EndSessions = async (sessions) => {
    const accessTokens = newFiles(sessions).map(({ accessToken }) => accessToken);
    const { millis } = await bare.invoke([{ accessTokens, atOnce: AT_ONCE }]);
    return (millis[0] ?? Number.NaN) / 1000;
  };
  const oneUser = endOneUser(running, assembly);
  const ways = [
    way('bare SDK: Logout alone', SESSIONS, endBare),
    way('one user is removed', SESSIONS, oneUser),
    way('one user is removed', MANY_SESSIONS, oneUser),
    way(`\`${routes.revokeEveryone}\`, 2 sessions a user`, SESSIONS, endEveryone(running, assembly)),
  ];
  if (!cli) return ways;
  return [
    ...ways,
    way(CLI_LOOP, CLI_CALLS, async (calls) => {
      let seconds = 0;
      for (const file of newFiles(calls)) seconds += await cli.ssoLogout([file]);
      return seconds;
    }),
    way('`aws sso logout`, one call, all files in one folder', CLI_FILES, (sessions) =>
      cli.ssoLogout(newFiles(sessions)),
    ),
  ];
}

const CLI_LOOP = '`aws sso logout`, a call for each session';

function section(ways: readonly Way[], cli: AwsCli | undefined): Section {
  const rows = ways.map(({ name, sessions, seconds }) => ({
    name,
    sessions,
    seconds: median(seconds),
    rate: sessions / median(seconds),
  }));
  const rateOf = (wanted: string) => rows.find(({ name }) => name === wanted)?.rate;
  const bare = rows[0]?.rate ?? Number.NaN;
  const loop = rateOf(CLI_LOOP);
  return {
    title: 'Mass revocation',
    tables: [
      {
        columns: [
          { key: 'name', title: 'what ends the sessions' },
          { key: 'sessions', title: 'sessions' },
          { key: 'overBare', title: 'sessions a second, × bare', decimals: 2 },
          { key: 'overCli', title: '× `aws sso logout` in a loop', decimals: 1 },
          { key: 'rate', title: 'sessions a second', decimals: 1 },
          { key: 'seconds', title: 'seconds', decimals: 1 },
        ],
        rows: rows.map((row) => ({
          ...row,
          overBare: row.rate / bare,
          overCli: loop === undefined ? null : row.rate / loop,
        })),
      },
    ],
    notes: [
      `The portal answers Logout after ${PORTAL_MILLIS} ms. At most ${AT_ONCE} Logouts run at the same time. The pace does not limit them. Medians of ${ROUNDS} rounds; ${MANY_SESSIONS} sessions were ended once.`,
      'Seconds are from the request to the last Logout. Each session got exactly one Logout, and no message was left in a queue.',
      'The emulated services share the processor with the functions, which AWS does not do. The bare SDK calls fewer of them.',
      cli
        ? `The AWS CLI is ${cli.version}.`
        : 'The AWS CLI 2 was not found, so `aws sso logout` was not measured.',
    ],
  };
}
