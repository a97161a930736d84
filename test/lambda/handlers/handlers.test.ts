import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', '..', 'lambda', 'handlers');

test.each(readdirSync(folder))('%s exports its handler and the bare function that it wraps', async (file) => {
  const { handler, rehearsal: _, ...others } = await import(join(folder, file));
  expect(handler).toBeInstanceOf(Function);
  expect(Object.values(others)).toEqual([expect.any(Function)]);
});
