import config from './jest.config.js';

/** The proofs, with a table of their figures at the end. */
export default {
  ...config,
  roots: ['<rootDir>/test/proofs'],
  testPathIgnorePatterns: [],
  reporters: ['default', '<rootDir>/test/support/proof-table.ts'],
};
