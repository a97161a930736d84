import { ACCOUNT_ID } from '../ground/account.ts';
import type { Assembly } from './assembly.ts';
import { createIdentities } from './identities.ts';

/** Turns template values into the values that CloudFormation would deploy. Every method throws Error for an unknown value. */
export interface Resolver {
  readonly region: string;
  /** A value with all its intrinsic functions replaced, at any depth. */
  resolve(value: unknown): unknown;
  /** Resolves a value that must be a string. Numbers and booleans become text, as in CloudFormation. */
  text(value: unknown): string;
  /** The physical name: the result of `Ref` of the resource. */
  ref(logicalId: string): string;
  /** Whether the local run knows the result of `Ref` of the resource. */
  canRef(logicalId: string): boolean;
  /** The result of `Fn::GetAtt` of the resource. */
  attribute(logicalId: string, name: string): string;
}

type Intrinsic = (argument: unknown) => unknown;
type Lookup = Pick<Resolver, 'resolve' | 'text' | 'ref' | 'attribute'>;

/**
 * @param region - The value of `AWS::Region`.
 * @param queueOrigin - The beginning of queue URLs.
 * @param apiUrl - Address of the HTTP API; by default API Gateway's own.
 */
export function createResolver(
  stack: Pick<Assembly, 'stackName' | 'resources' | 'parameters'>,
  region: string,
  queueOrigin = 'http://localhost',
  apiUrl?: string,
): Resolver {
  const identities = createIdentities({ region, queueOrigin, apiUrl });
  const names = new Map([
    ['AWS::AccountId', ACCOUNT_ID],
    ['AWS::Partition', 'aws'],
    ['AWS::Region', region],
    ['AWS::StackName', stack.stackName],
    ['AWS::StackId', `arn:aws:cloudformation:${region}:${ACCOUNT_ID}:stack/${stack.stackName}/local`],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ...stack.parameters,
  ]);
  const resourceAt = (logicalId: string) => {
    const resource = stack.resources.get(logicalId);
    if (!resource) throw new Error(`The template refers to ${logicalId}, which it does not define.`);
    return resource;
  };
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name !== undefined && isIntrinsic(name)) {
      const intrinsic = functions[name];
      if (!intrinsic) throw new Error(`The intrinsic function ${name} is not supported by the local run.`);
      return intrinsic(argument);
    }
    return Object.fromEntries(entries.map(([key, member]) => [key, resolve(member)]));
  };
  const lookup: Lookup = {
    resolve,
    text: (value) => asText(resolve(value)),
    ref: (name) => names.get(name) ?? identities.ref(resourceAt(name), name),
    attribute: (id, name) => identities.attribute(resourceAt(id), id, name),
  };
  const canRef = (name: string) => names.has(name) || identities.canRef(resourceAt(name));
  const functions = intrinsicFunctions(lookup);
  return { region, canRef, ...lookup };
}

function intrinsicFunctions(lookup: Lookup): Readonly<Record<string, Intrinsic>> {
  return {
    Ref: (name) => lookup.ref(string(name)),
    'Fn::GetAtt': (argument) => {
      const path = typeof argument === 'string' ? argument.split('.') : list(argument).map(string);
      return lookup.attribute(path[0] ?? '', path.slice(1).join('.'));
    },
    'Fn::Join': (argument) => {
      const [separator, parts] = list(argument);
      return list(lookup.resolve(parts)).map(asText).join(string(separator));
    },
    'Fn::Sub': (argument) => {
      const [template, variables] = typeof argument === 'string' ? [argument, {}] : list(argument);
      return substitute(string(template), Object(lookup.resolve(variables)), lookup);
    },
  };
}

function substitute(template: string, variables: Record<string, unknown>, lookup: Lookup): string {
  return template.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return asText(variables[name]);
    const dot = name.indexOf('.');
    return dot < 0 ? lookup.ref(name) : lookup.attribute(name.slice(0, dot), name.slice(dot + 1));
  });
}

const isIntrinsic = (name: string) => name === 'Ref' || name === 'Condition' || name.startsWith('Fn::');

function list(value: unknown): unknown[] {
  if (!Array.isArray(value))
    throw new Error(`Expected a list in the template, found ${JSON.stringify(value)}.`);
  return value;
}

function string(value: unknown): string {
  if (typeof value !== 'string')
    throw new Error(`Expected a string in the template, found ${JSON.stringify(value)}.`);
  return value;
}

function asText(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : string(value);
}
