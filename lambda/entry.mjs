// Lambda loads this file. Only an ES module can make Lambda wait during initialization. The function itself is CommonJS, which
// loads faster (docs/facts.md § Toolchain).
import { createRequire } from 'node:module';

const { handler, rehearsal } = createRequire(import.meta.url)('./index.js');
await rehearsal?.();

export { handler };
