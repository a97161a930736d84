// What Lambda loads. Only an ES module can have Lambda wait during initialization; the function itself is CommonJS, which loads
// faster (docs/facts.md § Toolchain).
import { createRequire } from 'node:module';

const { handler, rehearsal } = createRequire(import.meta.url)('./index.js');
await rehearsal?.();

export { handler };
