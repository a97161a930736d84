export interface Wanted {
  readonly sections: readonly string[];
  readonly format: 'markdown' | 'json';
}

/**
 * @param known - Names of all sections; all are wanted where none is named.
 * @throws Error for a section that does not exist; it lists those that do
 */
export function parseCommandLine(args: readonly string[], known: readonly string[]): Wanted {
  const named = args.filter((arg) => arg !== '--json');
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`There is no section ${unknown}. Sections: ${known.join(', ')}.`);
  return {
    sections: named.length > 0 ? known.filter((name) => named.includes(name)) : known,
    format: args.includes('--json') ? 'json' : 'markdown',
  };
}
