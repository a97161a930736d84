// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { missingNode } from './missing-node.js';

// Runs before any TypeScript, on any Node.js. Without this check, an old one would only say `Unknown file extension ".ts"`.
const { optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const exists = (/** @type {string} */ path) =>
  existsSync(new URL(`../../node_modules/${path}`, import.meta.url));

const missing = missingNode(process, Object.keys(optionalDependencies), exists);
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  process.exitCode = 1;
}
