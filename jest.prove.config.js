import config from './jest.config.js';

// A proof runs for minutes, so loading its packages anew costs nothing. In one context, what the proofs leave behind stays in the
// worker: after 20 minutes its heap had grown to 2 GB, and a proof took twice as long as in a new worker.
const { testEnvironment: _environment, runtime: _runtime, ...rest } = config;

/** The proofs, with a table of their figures at the end. */
export default {
  ...rest,
  roots: ['<rootDir>/test/proofs'],
  testPathIgnorePatterns: [],
  reporters: ['default', '<rootDir>/test/support/proof-table.ts'],
};
