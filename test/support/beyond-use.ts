import type { RecordedCall } from '../../local/permissions/call-log.ts';
import type { Context } from '../../local/permissions/call-need.ts';
import type { Assembly } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/intrinsics.ts';
import { resourcesOf } from '../../local/template/properties.ts';
import type { CallOf, Permissions } from './permissions.ts';
import { nameOf, type Part, type Subject, subjectsOf } from './role-subjects.ts';

/** What a role may do to one part of a subject. */
interface Ability {
  readonly subject: string;
  /** Without the service. */
  readonly action: string;
  readonly part: string;
}

/** Lambda makes these calls with the role of a function, so no call of the function shows them. */
const LAMBDA_READS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
const LAMBDA_LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];

const HEAD = [
  '| role of | calls that its function makes; a thief can make them for anybody | calls that its function never makes |',
  '|---|---|---|',
];

/**
 * For each function, what its role may do according to an IAM simulator: the calls that the function makes, and those
 * that only a thief of the role would make. In Markdown, with one row per function.
 *
 * @param calls - all calls of the functions
 */
export async function abilitiesTable(
  permissions: Permissions,
  assembly: Assembly,
  calls: readonly RecordedCall[],
): Promise<string> {
  const subjects = subjectsOf(assembly, createResolver(assembly, 'us-east-1'));
  const uses = [...calls, ...usesByLambda(assembly)];
  const actions = [...new Set(permissions.grants.map(({ action }) => action))].sort();
  const rows = resourcesOf(assembly, 'AWS::Lambda::Function').map(async ([functionId]) => {
    const own = uses.filter((use) => use.functionId === functionId);
    const used: Ability[] = [];
    const beyond: Ability[] = [];
    for (const subject of subjects) {
      for (const action of actions.filter((each) => each.startsWith(`${subject.service}:`))) {
        const allowed = await partsAllowed(permissions, functionId, subject, action);
        const [known, more] = split(allowed, partsUsed(subject, action, own));
        // Every function writes its log.
        if (subject.service !== 'logs') used.push(...known.map((part) => abilityOf(subject, action, part)));
        beyond.push(...more.map((part) => abilityOf(subject, action, part)));
      }
    }
    return `| \`${nameOf(functionId)}\` | ${inWords(used)} | ${inWords(beyond)} |`;
  });
  return [...HEAD, ...(await Promise.all(rows)).sort()].join('\n');
}

/** Lambda makes these calls with the role of a function, so no call of the function shows them. */
function usesByLambda(assembly: Assembly): RecordedCall[] {
  const resolver = createResolver(assembly, 'us-east-1');
  const logs = resourcesOf(assembly, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
    const { LogGroup } = Object(Properties.LoggingConfig);
    const group = resolver.attribute(String(Object(LogGroup).Ref), 'Arn');
    return LAMBDA_LOGS.map((action) => useOf(id, action, group));
  });
  const reads = resourcesOf(assembly, 'AWS::Lambda::EventSourceMapping').flatMap(([, { Properties }]) => {
    const { FunctionName, EventSourceArn } = Object(resolver.resolve(Properties));
    return LAMBDA_READS.map((action) => useOf(FunctionName, action, EventSourceArn));
  });
  return [...logs, ...reads];
}

function useOf(functionId: string, action: string, resource: string): RecordedCall {
  return { functionId, action, resources: [resource], context: {}, times: 1 };
}

function abilityOf(subject: Subject, action: string, { name }: Part): Ability {
  return { subject: subject.name, action: action.replace(/^.*:/, ''), part: name };
}

function partsUsed(subject: Subject, action: string, uses: readonly RecordedCall[]): Part[] {
  const about = uses.filter((use) => use.action === action && isAbout(use.resources, subject));
  return subject.parts(action).filter((part) => about.some(({ context }) => part.holds(context)));
}

/** The first resource decides. The others depend on what a call happens to concern. */
function isAbout(resources: readonly string[], subject: Subject): boolean {
  return resources[0] === subject.resources[0];
}

async function partsAllowed(
  permissions: Permissions,
  functionId: string,
  { parts, resources, resourcesOf }: Subject,
  action: string,
): Promise<Part[]> {
  const isAllowed = async (context: Context): Promise<boolean> => {
    const call: CallOf = { functionId, action, resources: resourcesOf?.(action) ?? resources, context };
    return (await permissions.refused([call])).length === 0;
  };
  const all = parts(action);
  const allowed = await Promise.all(
    all.map(async ({ contexts }) => (await Promise.all(contexts.map(isAllowed))).includes(true)),
  );
  return all.filter((_, n) => allowed[n]);
}

/** @returns the used and the unused parts of what is allowed, without parts that others include */
function split(allowed: readonly Part[], used: readonly Part[]): [Part[], Part[]] {
  const included = (parts: readonly Part[]) => parts.flatMap(({ includes = [] }) => includes);
  const names = used.map(({ name }) => name);
  const isOwn = ({ name }: Part) => names.includes(name);
  const isNew = ({ name }: Part) => !names.includes(name) && !included(used).includes(name);
  const own = allowed.filter((part) => isOwn(part) && !included(used).includes(part.name));
  const more = allowed.filter(isNew);
  return [own, more.filter(({ name }) => !included(more).includes(name))];
}

/**
 * `**token cache** PutItem, DeleteItem: sessions; GetItem: fences`, one line for all subjects with the same abilities.
 */
function inWords(abilities: readonly Ability[]): string {
  const phrases = [...Map.groupBy(abilities, ({ subject }) => subject)].map(
    ([subject, own]): [string, string] => [`**${subject}**`, phraseOf(own)],
  );
  const lines = [...Map.groupBy(phrases, ([, phrase]) => phrase)].map(
    ([phrase, subjects]) => `${subjects.map(([subject]) => subject).join(', ')} ${phrase}`,
  );
  return lines.join('<br>') || 'nothing';
}

/** Actions with the same parts are named together. */
function phraseOf(abilities: readonly Ability[]): string {
  const byAction = Map.groupBy(abilities, ({ action }) => action);
  const byParts = Map.groupBy([...byAction], ([, own]) => own.map(({ part }) => part).join(', '));
  const phrases = [...byParts].map(([parts, actions]) => {
    const names = actions.map(([action]) => action).join(', ');
    return parts === '' ? names : `${names}: ${parts}`;
  });
  return phrases.join('; ');
}
