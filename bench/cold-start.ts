import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assembly, loadAssembly } from '../local/template/assembly.ts';

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

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const [directory = 'cdk.local'] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'cold-start-'));
const empty: Loaded = { name: 'an empty handler', file: join(work, 'index.js'), environment: {} };
writeFileSync(empty.file, 'exports.handler = async () => {};\n');
const all = [empty, ...functionsOf(loadAssembly(directory))];
const times = new Map(all.map(({ name }): [string, number[]] => [name, []]));
// One of each in turn, so that what else the machine does is in all of them; the first round warms up.
for (let run = 0; run <= RUNS; run += 1) {
  for (const one of all) times.get(one.name)?.push(loadMillis(one));
}
const base = median(times.get(empty.name)?.slice(1) ?? []);
const rows = all.map(({ name, file }) => {
  const millis = median(times.get(name)?.slice(1) ?? []);
  const bytes = statSync(file).size;
  return { name, millis, row: `${name} | ${millis.toFixed(1)} | +${(millis - base).toFixed(1)} | ${bytes}` };
});
rows.sort((a, b) => a.millis - b.millis);
const head = ['function | ms to load | over an empty one | bytes', '---|--:|--:|--:'];
process.stdout.write(`${[...head, ...rows.map(({ row }) => row)].join('\n')}\n`);
rmSync(work, { recursive: true });
