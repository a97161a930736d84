import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Bundle,
  bundles,
  bytesByPackage,
  icrSources,
  type Package,
  packagesOf,
} from './support/bundles.ts';

const root = join(import.meta.dirname, '..');
const readJson = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** Licences that ask for no more than attribution. */
const ALLOWED = ['MIT', 'MIT-0', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'];
const REGISTRY = 'https://registry.npmjs.org/';
const NOTICE = 'THIRD-PARTY-LICENSES.md';
const BUDGETS = 'test/support/bundle-budgets.json';

let all: Bundle[];
let shipped: Package[];

beforeAll(async () => {
  all = await bundles();
  shipped = packagesOf([...all.flatMap(({ sources }) => [...sources.keys()]), ...(await icrSources())]);
}, 30_000);

test('the bundles that these tests inspect are those that are deployed', () => {
  expect(all.length).toBeGreaterThanOrEqual(11);
  expect(all.filter(({ code, deployed }) => code !== deployed).map(({ handler }) => handler)).toEqual([]);
  expect(shipped.length).toBeGreaterThan(20);
});

test('each shipped package has an allowed licence and no install script', () => {
  expect(shipped.filter(({ license }) => !ALLOWED.includes(license))).toEqual([]);
  const installing = ['preinstall', 'install', 'postinstall'];
  expect(shipped.filter(({ scripts }) => installing.some((name) => name in scripts))).toEqual([]);
});

test(`${NOTICE} lists what is shipped`, () => {
  const rows = shipped.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`);
  const head = [
    '# Third-party licences',
    '',
    'What is in the bundles of the functions, and in the command `icr`.',
    '',
  ];
  const table = ['| package | version | licence |', '|---|---|---|', ...rows, ''];
  const text = [...head, ...table].join('\n');
  if (process.env.UPDATE) writeFileSync(join(root, NOTICE), text);
  const told = readFileSync(join(root, NOTICE), 'utf8');
  if (told !== text)
    throw new Error(`${NOTICE} is stale: UPDATE=1 npx jest test/supply-chain.test.ts writes it anew.`);
});

/** 25 KB add a millisecond to each cold start: docs/facts.md § Toolchain. */
test('no bundle, and no package in a bundle, exceeds its budget or is far below it', () => {
  const largest = new Map<string, number>();
  for (const [name, bytes] of all.flatMap((bundle) => [...bytesByPackage(bundle)]))
    largest.set(name, Math.max(largest.get(name) ?? 0, bytes));
  const measured = {
    functions: all.map(({ handler, code }): [string, number] => [handler, Buffer.byteLength(code)]),
    packages: [...largest].toSorted(([one], [other]) => (one < other ? -1 : 1)),
  };
  const budgets = {
    functions: Object.fromEntries(measured.functions.map(([name, bytes]) => [name, budgetFor(bytes)])),
    packages: Object.fromEntries(measured.packages.map(([name, bytes]) => [name, budgetFor(bytes)])),
  };
  if (process.env.UPDATE) writeFileSync(join(root, BUDGETS), `${JSON.stringify(budgets, undefined, 2)}\n`);
  const told = readJson(BUDGETS);
  const odd = (['functions', 'packages'] as const).flatMap((kind) => {
    const names = new Set([...Object.keys(told[kind]), ...Object.keys(budgets[kind])]);
    const sizes = new Map(measured[kind]);
    return [...names].flatMap((name) => {
      const [budget = 0, bytes = 0] = [told[kind][name], sizes.get(name)];
      return bytes <= budget && bytes > 0.9 * budget - 2_000 ? [] : `${name}: ${bytes} of ${budget} bytes`;
    });
  });
  if (odd.length > 0) {
    const update = 'If that is meant, UPDATE=1 npx jest test/supply-chain.test.ts writes the budgets anew.';
    throw new Error([...odd, update].join('\n'));
  }
});

/** Adds 2 % to the size and rounds up to whole KB, so that small changes pass. */
function budgetFor(bytes: number): number {
  return Math.ceil((bytes * 1.02) / 1_000) * 1_000;
}

test('dependencies have exact versions', () => {
  const { dependencies, devDependencies, overrides } = readJson('package.json');
  const { optionalDependencies } = readJson('tools/node/package.json');
  const { 'pinned-node': own, ...others } = devDependencies;
  expect(own).toBe('file:tools/node');
  const versions = Object.entries({ ...dependencies, ...others, ...optionalDependencies, ...overrides });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
});

test('each locked package comes from the registry and has a hash', () => {
  const { packages } = readJson('package-lock.json');
  // The package of this repository that brings Node.js is a link to a folder.
  expect(packages['node_modules/pinned-node']).toEqual({ resolved: 'tools/node', link: true });
  const own = ['', 'node_modules/pinned-node', 'tools/node'];
  const locked = Object.entries<Record<string, unknown>>(packages).filter(([path]) => !own.includes(path));
  // If npm omits `resolved`, the package comes from the registry.
  const odd = locked.filter(
    ([, { resolved = REGISTRY, integrity, inBundle }]) =>
      !String(resolved).startsWith(REGISTRY) || !(inBundle || /^sha512-/.test(String(integrity))),
  );
  expect(locked.length).toBeGreaterThan(100);
  expect(odd.map(([path]) => path)).toEqual([]);
});

/** The AWS clients in each bundle; `dynamodb` stands for `@aws-sdk/client-dynamodb`, and so on. */
const CLIENTS: Record<string, string[]> = {
  'end-assignments': ['dynamodb', 'identitystore', 'sqs', 'sso-admin'],
  'lift-denial': ['dynamodb', 'sqs'],
  'lift-everyone': ['dynamodb', 'sqs'],
  'list-revocations': ['dynamodb', 'identitystore'],
  'list-sessions': ['dynamodb'],
  'read-revocation': ['dynamodb'],
  reconcile: ['dynamodb', 'organizations', 'sqs', 'sts'],
  'register-own-session': ['dynamodb', 'identitystore', 'kms', 'sqs', 'sso', 'sso-oidc'],
  'register-session': ['dynamodb', 'identitystore', 'kms', 'sqs', 'sso', 'sso-oidc'],
  'remove-access': ['dynamodb', 'identitystore', 'sqs', 'sso-admin'],
  'restore-access': ['dynamodb', 'identitystore', 'sso-admin'],
  revoke: ['dynamodb', 'identitystore', 'kms', 'sqs', 'sso', 'sso-oidc'],
  'revoke-everyone': ['dynamodb', 'sqs'],
  sweep: ['dynamodb', 'identitystore', 'sqs'],
  tell: ['dynamodb', 'eventbridge', 'sqs'],
  'unknown-route': [],
  work: ['dynamodb', 'identitystore', 'kms', 'sqs', 'sso', 'sso-oidc'],
};

test('a bundle holds the clients that its function uses, and no other', () => {
  const found = all.map(({ handler, sources }) => {
    const clients = packagesOf([...sources.keys()]).flatMap(
      ({ name }) => /^@aws-sdk\/client-(.+)$/.exec(name)?.[1] ?? [],
    );
    return [handler, clients];
  });
  expect(Object.fromEntries(found)).toEqual(CLIENTS);
});
