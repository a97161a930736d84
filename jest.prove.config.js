import config from './jest.config.js';

/** The proofs, one after the other: they measure, and each uses the whole machine. */
export default {
  ...config,
  roots: ['<rootDir>/test/proofs'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  reporters: ['default', '<rootDir>/test/support/proof-table.ts'],
};
