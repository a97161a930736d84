export interface Wanted {
  readonly sections: readonly string[];
  readonly format: 'markdown' | 'json';
}

/**
 * @param known - Names of all sections. All of them are wanted if the command line names none.
 * @throws Error for an unknown section; it lists the known ones
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
