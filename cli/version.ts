import { createRequire } from 'node:module';

declare const ICR_VERSION: string | undefined;

/** That of the package. The bundle has it built in; from the sources it is read. */
export const VERSION: string =
  typeof ICR_VERSION === 'string'
    ? ICR_VERSION
    : createRequire(`${import.meta.dirname}/`)('../package.json').version;
