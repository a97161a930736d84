interface Page {
  nextCursor?: string;
}

/** Every page of a list, in order. @param load - the page at a cursor; the first one without */
export async function allPages<P extends Page>(load: (cursor?: string) => Promise<P>): Promise<[P, ...P[]]> {
  const first = await load();
  const pages: [P, ...P[]] = [first];
  for (let cursor = first.nextCursor; cursor !== undefined; cursor = pages.at(-1)?.nextCursor)
    pages.push(await load(cursor));
  return pages;
}
