import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { OTHER_CREDENTIALS } from '../../infra/service-function.ts';
import { type Assembly, loadAssembly } from '../../local/template/assembly.ts';
import { icrBundle } from '../../tools/icr-bundle.js';
import { assembly } from './synth.ts';

const root = join(import.meta.dirname, '..', '..');

export interface Bundle {
  /** File in lambda/handlers, without its extension. */
  readonly handler: string;
  /** The uploaded code. */
  readonly deployed: string;
  /** The same code, bundled again to learn what is in it. */
  readonly code: string;
  /** The remaining bytes of each source, by path. */
  readonly sources: ReadonlyMap<string, number>;
}

/** The bundling options of the functions, apart from the external packages. */
export const AS_DEPLOYED: BuildOptions = {
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'cjs',
  mainFields: ['module', 'main'],
  target: 'node24',
};

/**
 * The bundle of each function of the synthesized stack. The CDK does not say what is in a bundle, and its settings
 * differ from esbuild's. So they are repeated here, and they are right if `code` equals the deployed code.
 */
export async function bundles(): Promise<Bundle[]> {
  const deployed = deployedCode(loadAssembly(assembly));
  const { outputFiles, metafile } = await build({
    ...AS_DEPLOYED,
    entryPoints: [...deployed.keys()].map((handler) => `lambda/handlers/${handler}.ts`),
    absWorkingDir: root,
    outdir: 'bundles',
    write: false,
    metafile: true,
    external: OTHER_CREDENTIALS,
  });
  return [...deployed].map(([handler, code]) => ({
    handler,
    deployed: code,
    code: outputFiles.find(({ path }) => path === join(root, 'bundles', `${handler}.js`))?.text ?? '',
    sources: sourcesOf(metafile, `bundles/${handler}.js`),
  }));
}

/** The sources of the command `icr`, by path. */
export async function icrSources(): Promise<string[]> {
  const { metafile } = await build({ ...icrBundle('bundles/icr.js'), write: false, metafile: true });
  return Object.keys(metafile.inputs);
}

/** The code by handler. Each has one function. */
function deployedCode(stack: Assembly): Map<string, string> {
  const functions = [...stack.resources.values()].filter(({ Type }) => Type === 'AWS::Lambda::Function');
  const code = functions.map(({ Properties }): [string, string] => {
    const { Environment, Code } = Object(Properties);
    const directory = stack.assetDirectory(Code.S3Key);
    return [Environment.Variables.POWERTOOLS_SERVICE_NAME, readFileSync(join(directory, 'index.js'), 'utf8')];
  });
  return new Map(code.sort());
}

function sourcesOf({ outputs }: Metafile, output: string): Map<string, number> {
  const inputs = Object.entries(outputs[output]?.inputs ?? {});
  const sizes = inputs.map(([path, { bytesInOutput }]): [string, number] => [path, bytesInOutput]);
  return new Map(sizes.filter(([, bytes]) => bytes > 0));
}

/** The folder of a source's package; undefined for our own sources. */
function folderOf(path: string): string | undefined {
  return /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

/** The remaining bytes of each package in a bundle, by name; `own` is this project. */
export function bytesByPackage({ sources }: Bundle): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const [path, size] of sources) {
    const name = folderOf(path)?.replace(/^.*node_modules\//, '') ?? 'own';
    bytes.set(name, (bytes.get(name) ?? 0) + size);
  }
  return bytes;
}

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly scripts: Readonly<Record<string, string>>;
}

/** The packages of these sources, by name and version, without our own. */
export function packagesOf(sources: readonly string[]): Package[] {
  const folders = sources.flatMap((path) => folderOf(path) ?? []);
  const packages = [...new Set(folders)].map((folder): Package => {
    const {
      name,
      version,
      license,
      scripts = {},
    } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return { name, version, license: String(license), scripts };
  });
  return packages.sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}
