/** Jest runs the TypeScript sources through swc as CommonJS. Middy is published as ES modules only: it is mapped and transformed too. */
export default {
  roots: ['<rootDir>/test'],
  // They take minutes: `npm run prove`.
  testPathIgnorePatterns: ['<rootDir>/test/proofs/'],
  globalSetup: '<rootDir>/test/support/synth.ts',
  // The default leaves one core idle.
  maxWorkers: '100%',
  testSequencer: '<rootDir>/test/support/slowest-first.js',
  reporters: ['default', '<rootDir>/test/support/slowest-files.ts'],
  testEnvironment: '<rootDir>/test/support/jest/environment.js',
  runtime: '<rootDir>/test/support/jest/runtime.js',
  setupFiles: ['<rootDir>/test/support/env.ts'],
  moduleNameMapper: { '^@middy/([^/]+)$': '<rootDir>/node_modules/@middy/$1/index.js' },
  transform: {
    '^.+\\.[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['node_modules/(?!@middy/)'],
};
