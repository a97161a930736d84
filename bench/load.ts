import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Assembly, loadAssembly } from '../local/template/assembly.ts';
import { type BenchContext, median, type Section } from './section.ts';

/** Fresh processes for each function; the median of them counts. */
const RUNS = 15;
/** Nothing is called: the clients are only made. */
const GIVEN = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' };
const LOAD =
  'const t = performance.now(); require(process.argv[1]); process.stdout.write(String(performance.now() - t)); process.exit()';

interface Loaded {
  readonly name: string;
  readonly file: string;
  readonly environment: Record<string, string>;
}

/** How long the code of each function takes to load, beside an empty handler. */
export async function measureLoad({ assembly, workDirectory }: BenchContext): Promise<Section> {
  const empty: Loaded = { name: 'an empty handler', file: join(workDirectory, 'empty.js'), environment: {} };
  writeFileSync(empty.file, 'exports.handler = async () => {};\n');
  const all = [empty, ...functionsOf(loadAssembly(assembly))];
  const times = new Map(all.map(({ name }): [string, number[]] => [name, []]));
  // One of each in turn, so that what else the machine does is in all of them; the first round warms up.
  for (let run = 0; run <= RUNS; run += 1) {
    for (const one of all) times.get(one.name)?.push(loadMillis(one));
  }
  const millisOf = ({ name }: Loaded) => median(times.get(name)?.slice(1) ?? []);
  const base = millisOf(empty);
  const rows = all.map((one) => ({
    name: one.name,
    over: millisOf(one) - base,
    millis: millisOf(one),
    bytes: statSync(one.file).size,
  }));
  return {
    title: 'Loading the functions',
    tables: [
      {
        columns: [
          { key: 'name', title: 'function' },
          { key: 'over', title: 'ms over an empty one', decimals: 1 },
          { key: 'millis', title: 'ms to load', decimals: 1 },
          { key: 'bytes', title: 'bytes' },
        ],
        rows: rows.toSorted((a, b) => a.millis - b.millis),
      },
    ],
    notes: [`Medians of ${RUNS} fresh processes, one of each function in turn.`],
  };
}

/** The functions as they are deployed; what only the deployment knows of their environment is made up. */
function functionsOf(stack: Assembly): Loaded[] {
  const functions = [...stack.resources.values()].filter(({ Type }) => Type === 'AWS::Lambda::Function');
  return functions.map(({ Properties }) => {
    const { Environment, Code } = Object(Properties);
    const variables = Object.entries<unknown>(Environment.Variables).map(
      ([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : 'https://example.com/any',
      ],
    );
    const environment = Object.fromEntries(variables);
    const file = join(stack.assetDirectory(Code.S3Key), 'index.js');
    return { name: environment.POWERTOOLS_SERVICE_NAME ?? file, file, environment };
  });
}

function loadMillis({ file, environment }: Loaded): number {
  const env = { ...GIVEN, ...environment };
  return Number(execFileSync(process.execPath, ['-e', LOAD, file], { env, encoding: 'utf8' }));
}
