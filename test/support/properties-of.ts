import { globSync, readFileSync } from 'node:fs';
import { parse } from '@babel/parser';

/** A property of a construct, as its docstring describes it. */
export interface DocumentedProperty {
  /** With the enclosing properties: `jwt.issuer`. */
  readonly path: string;
  readonly isOptional: boolean;
  readonly meaning: string;
  /** The value of `@default`; absent if there is none. */
  readonly fallback?: string;
}

interface Interface {
  readonly bases: string[];
  readonly own: (DocumentedProperty & { readonly type: string })[];
}

// biome-ignore lint/suspicious/noExplicitAny: nodes of Babel's tree, whose types tell nothing that the name of a node does not.
type Node = any;

/** The interfaces of infra/, and the unions of several types, by name. */
const interfaces = new Map<string, Interface>();
const unions = new Map<string, string[]>();

for (const file of globSync('infra/*.ts')) {
  const { program } = parse(readFileSync(file, 'utf8'), { sourceType: 'module', plugins: ['typescript'] });
  for (const statement of program.body as Node[]) {
    const declared = statement.declaration ?? statement;
    const { id, type, typeAnnotation } = declared;
    if (type === 'TSInterfaceDeclaration') {
      const bases = (declared.extends ?? []).map(({ expression }: Node) => expression.name ?? '');
      interfaces.set(id.name, { bases, own: declared.body.body.map(toProperty) });
    }
    if (typeAnnotation?.type === 'TSUnionType') {
      unions.set(id.name, typeAnnotation.types.map(nameOfType));
    }
  }
}

function nameOfType(type: Node): string {
  return type?.typeName?.name ?? '';
}

function toProperty({ key, optional, leadingComments, typeAnnotation }: Node): Interface['own'][number] {
  const comment: string = leadingComments?.at(-1)?.value ?? '';
  const text = comment.replaceAll(/^\s*\*? ?/gm, '').trim();
  const [meaning = '', fallback] = text.split(/^@default /m).map((part) => part.trim().replaceAll('\n', ' '));
  const type = nameOfType(typeAnnotation?.typeAnnotation);
  return {
    path: key.name,
    isOptional: optional === true,
    meaning,
    type,
    ...(fallback !== undefined && { fallback }),
  };
}

/** A throttle is one value on the command line and in the table. */
const LEAVES = ['RouteThrottle'];

/**
 * The own properties of an interface of infra/, each followed by the nested ones.
 *
 * @throws Error if there is no such interface
 */
export function propertiesOf(name: string, within = ''): DocumentedProperty[] {
  const found = interfaces.get(name);
  if (!found) throw new Error(`infra/ has no interface ${name}.`);
  return found.own.flatMap(({ type, path: own, ...property }) => {
    const path = within + own;
    const inside = LEAVES.includes(type) ? [] : partsOf(type).flatMap(all);
    // A property that several types of a union have is listed once.
    const once = new Map(inside.map((part) => [part.path, { ...part, path: `${path}.${part.path}` }]));
    return [{ ...property, path }, ...once.values()];
  });
}

/** An interface has its own properties and those of its bases. */
const all = (name: string): DocumentedProperty[] => [...propertiesOf(name), ...basesOf(name).flatMap(all)];

const partsOf = (type: string) => (interfaces.has(type) ? [type] : (unions.get(type) ?? []));

/** The interfaces of infra/ that an interface extends. */
export function basesOf(name: string): string[] {
  return (interfaces.get(name)?.bases ?? []).filter((base) => interfaces.has(base));
}
