import config from './jest.config.js';

// Stryker has an environment of its own, with a context for each file, and mutates what is loaded into it.
const { globalSetup: _, testEnvironment: _environment, runtime: _runtime, ...rest } = config;

/** What is run against each mutation of the domain: its own tests and those that reach it by HTTP, which need no synthesized stack. Those with the simulator, or with thousands of users, are too slow. */
export default {
  ...rest,
  // All that is on the way from a test to the domain, so that the tests of each file are found.
  roots: ['<rootDir>/lambda', '<rootDir>/local', '<rootDir>/test'],
  testMatch: ['<rootDir>/test/lambda/domain/**/*.test.ts', '<rootDir>/test/lambda/{http,routes}.test.ts'],
  testPathIgnorePatterns: ['deny-policy-simulated', 'deny-policy-of-many'],
};
