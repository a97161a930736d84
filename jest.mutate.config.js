import config from './jest.config.js';

const { globalSetup: _, ...rest } = config;

/** What is run against each mutation of the domain: its own tests, which need no synthesized stack. Those with the simulator, or with thousands of users, are too slow. */
export default {
  ...rest,
  roots: ['<rootDir>/test/lambda/domain'],
  testPathIgnorePatterns: ['deny-policy-simulated', 'deny-policy-of-many'],
};
