import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, bundles, type Package, packagesOf } from './support/bundles.ts';

const root = join(import.meta.dirname, '..');
const readJson = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** Of what is shipped: none asks for more than to be named. */
const ALLOWED = ['MIT', 'MIT-0', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'];
const REGISTRY = 'https://registry.npmjs.org/';
const NOTICE = 'THIRD-PARTY-LICENSES.md';

let all: Bundle[];
let shipped: Package[];

beforeAll(async () => {
  all = await bundles();
  shipped = packagesOf(all.flatMap(({ sources }) => sources));
}, 30_000);

test('what is looked into here is what is deployed', () => {
  expect(all.length).toBeGreaterThanOrEqual(11);
  expect(all.filter(({ code, deployed }) => code !== deployed).map(({ handler }) => handler)).toEqual([]);
  expect(shipped.length).toBeGreaterThan(20);
});

test('what is shipped has a licence that lets us, and ran nothing when it was installed', () => {
  expect(shipped.filter(({ license }) => !ALLOWED.includes(license))).toEqual([]);
  const installing = ['preinstall', 'install', 'postinstall'];
  expect(shipped.filter(({ scripts }) => installing.some((name) => name in scripts))).toEqual([]);
});

test(`${NOTICE} tells what is shipped`, () => {
  const rows = shipped.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`);
  const head = ['# Third-party licences', '', 'What is in the bundles of the functions.', ''];
  const table = ['| package | version | licence |', '|---|---|---|', ...rows, ''];
  const text = [...head, ...table].join('\n');
  if (process.env.UPDATE) writeFileSync(join(root, NOTICE), text);
  const told = readFileSync(join(root, NOTICE), 'utf8');
  if (told !== text)
    throw new Error(`${NOTICE} is stale: UPDATE=1 npx jest test/supply-chain.test.ts writes it anew.`);
});

test('dependencies have exact versions', () => {
  const { dependencies, devDependencies, overrides } = readJson('package.json');
  const { optionalDependencies } = readJson('tools/node/package.json');
  const { 'pinned-node': own, ...others } = devDependencies;
  expect(own).toBe('file:tools/node');
  const versions = Object.entries({ ...dependencies, ...others, ...optionalDependencies, ...overrides });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
});

test('what is locked comes from the registry, and is known by its hash', () => {
  const { packages } = readJson('package-lock.json');
  // The package of this repository that brings Node.js is a link to a folder.
  expect(packages['node_modules/pinned-node']).toEqual({ resolved: 'tools/node', link: true });
  const own = ['', 'node_modules/pinned-node', 'tools/node'];
  const locked = Object.entries<Record<string, unknown>>(packages).filter(([path]) => !own.includes(path));
  // Where npm omits `resolved`, it is the registry; what is not from there cannot do without.
  const odd = locked.filter(
    ([, { resolved = REGISTRY, integrity, inBundle }]) =>
      !String(resolved).startsWith(REGISTRY) || !(inBundle || /^sha512-/.test(String(integrity))),
  );
  expect(locked.length).toBeGreaterThan(100);
  expect(odd.map(([path]) => path)).toEqual([]);
});

/** Which functions take in a client of AWS; `dynamodb` and so on stand for `@aws-sdk/client-dynamodb`. */
const CLIENTS: Record<string, string[]> = {
  'end-assignments': ['dynamodb', 'sqs', 'sso-admin'],
  'lift-denial': ['dynamodb', 'sqs'],
  'lift-everyone': ['dynamodb', 'sqs'],
  'list-revocations': ['dynamodb', 'identitystore'],
  'list-sessions': ['dynamodb'],
  'read-revocation': ['dynamodb'],
  reconcile: ['dynamodb', 'organizations', 'sts'],
  'register-own-session': ['dynamodb', 'identitystore', 'kms', 'sqs', 'sso', 'sso-oidc'],
  'register-session': ['dynamodb', 'identitystore', 'kms', 'sqs', 'sso', 'sso-oidc'],
  'remove-access': ['dynamodb', 'identitystore', 'sqs', 'sso-admin'],
  'restore-access': ['dynamodb', 'identitystore', 'sso-admin'],
  revoke: ['dynamodb', 'identitystore', 'kms', 'sqs', 'sso', 'sso-oidc'],
  'revoke-everyone': ['dynamodb', 'sqs'],
  sweep: ['dynamodb', 'identitystore', 'sqs'],
  'unknown-route': [],
  work: ['dynamodb', 'identitystore', 'kms', 'sqs', 'sso', 'sso-oidc'],
};

test('a bundle holds the clients that its function uses, and no other', () => {
  const found = all.map(({ handler, sources }) => {
    const clients = packagesOf(sources).flatMap(
      ({ name }) => /^@aws-sdk\/client-(.+)$/.exec(name)?.[1] ?? [],
    );
    return [handler, clients];
  });
  expect(Object.fromEntries(found)).toEqual(CLIENTS);
});

/** In KB: Middy, Powertools, valibot and what is our own; then the first client, with all that clients share; then each other one. */
const SIZES = { base: 75, firstClient: 345, client: 30 };

test('a bundle is no larger than its clients explain', () => {
  const sizes = all.map(({ handler, deployed }) => ({
    handler,
    kilobytes: Math.round(Buffer.byteLength(deployed) / 1024),
    clients: CLIENTS[handler]?.length ?? 0,
  }));
  process.stdout.write(`${sizes.map(({ handler, kilobytes }) => `${handler} ${kilobytes} KB`).join(', ')}\n`);
  const tooLarge = sizes.filter(({ kilobytes, clients }) => {
    const { base, firstClient, client } = SIZES;
    return kilobytes > base + (clients > 0 ? firstClient + (clients - 1) * client : 0);
  });
  expect(tooLarge).toEqual([]);
});
