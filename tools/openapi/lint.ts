import { createConfig, lint } from '@redocly/openapi-core';

// Prints a line for each problem of the document that the argument names. It is a process of its own, because Jest loads no ES modules.
const config = await createConfig({ extends: ['recommended-strict'] });
const problems = await lint({ ref: process.argv[2] ?? '', config });
for (const { ruleId, message, location } of problems) {
  process.stdout.write(`${ruleId}: ${message} ${location[0]?.pointer ?? ''}\n`);
}
