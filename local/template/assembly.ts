import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** One entry of the template's `Resources`. The property values are unresolved. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
}

/** A synthesized stack on disk. */
export interface Assembly {
  readonly stackName: string;
  readonly resources: ReadonlyMap<string, Resource>;
  /** Template parameters that have a default, by name. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Values of the template's `Outputs`, unresolved. */
  readonly outputs: ReadonlyMap<string, unknown>;
  /**
   * @param s3Key - `<hash>.zip`, as in a function's `Code.S3Key`.
   * @returns the absolute path of the directory that would be zipped and uploaded under that key
   * @throws Error when the key names no zipped file asset
   */
  assetDirectory(s3Key: string): string;
}

interface Manifest {
  readonly artifacts: Record<string, { type: string; properties?: { templateFile?: string; file?: string } }>;
}

interface Template {
  readonly Resources?: Record<string, Omit<Resource, 'Properties'> & Partial<Pick<Resource, 'Properties'>>>;
  readonly Parameters?: Record<string, { Default?: unknown }>;
  readonly Outputs?: Record<string, { Value: unknown }>;
}

interface Assets {
  readonly files: Record<string, { source: { path: string; packaging: string } }>;
}

/**
 * Reads what `cdk synth` wrote.
 *
 * @param directory - The cloud assembly, usually `cdk.out`.
 * @throws Error if the directory is no cloud assembly, or does not have exactly one stack
 */
export function loadAssembly(directory: string): Assembly {
  const root = resolve(directory);
  const manifest = readJson<Manifest>(join(root, 'manifest.json'));
  const [stackName, templateFile] = theOnlyStack(manifest, root);
  const template = readJson<Template>(join(root, templateFile));
  const resources = Object.entries(template.Resources ?? {}).map(
    ([id, { Properties, ...rest }]): [string, Resource] => [id, { ...rest, Properties: Properties ?? {} }],
  );
  const parameters = Object.entries(template.Parameters ?? {})
    .filter(([, parameter]) => parameter.Default !== undefined)
    .map(([name, parameter]): [string, string] => [name, String(parameter.Default)]);
  const files = assetFiles(manifest, root);
  return {
    stackName,
    resources: new Map(resources),
    parameters: new Map(parameters),
    outputs: new Map(Object.entries(template.Outputs ?? {}).map(([key, { Value }]) => [key, Value])),
    assetDirectory(s3Key) {
      const source = files[s3Key.replace(/\.zip$/, '')]?.source;
      if (source?.packaging !== 'zip') throw new Error(`${root} has no zipped asset for ${s3Key}.`);
      return join(root, source.path);
    },
  };
}

function theOnlyStack(manifest: Manifest, root: string): [name: string, templateFile: string] {
  const stacks = Object.entries(manifest.artifacts).filter(
    ([, { type }]) => type === 'aws:cloudformation:stack',
  );
  const [stack] = stacks;
  const templateFile = stack?.[1].properties?.templateFile;
  if (!stack || !templateFile || stacks.length > 1) {
    throw new Error(`${root} has ${stacks.length} stacks; the local run needs exactly one.`);
  }
  return [stack[0], templateFile];
}

function assetFiles(manifest: Manifest, root: string): Assets['files'] {
  const manifests = Object.values(manifest.artifacts).filter(({ type }) => type === 'cdk:asset-manifest');
  const files = manifests.flatMap(({ properties }) => properties?.file ?? []);
  return Object.assign({}, ...files.map((file) => readJson<Assets>(join(root, file)).files));
}

/** The CDK has just written these files, so their shape is not validated. */
function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (cause) {
    throw new Error(`${file} cannot be read; run \`npx cdk synth --quiet\` first.`, { cause });
  }
}
