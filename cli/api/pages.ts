interface Page {
  nextCursor?: string;
}

/** Loads every page of a list, in order. @param load - loads the page at a cursor, or the first page without one */
export async function allPages<P extends Page>(load: (cursor?: string) => Promise<P>): Promise<[P, ...P[]]> {
  const first = await load();
  const pages: [P, ...P[]] = [first];
  for (let cursor = first.nextCursor; cursor !== undefined; cursor = pages.at(-1)?.nextCursor)
    pages.push(await load(cursor));
  return pages;
}
