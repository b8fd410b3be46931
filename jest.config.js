import { availableParallelism } from 'node:os';

/** Jest on native ES modules: swc strips the types, Node loads the rest. */
export default {
  testEnvironment: 'node',
  clearMocks: true,
  // Most of the time the tests wait for processes that they started: one worker a processor, and never only one.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // Tests that start servers take their time on a busy machine; none is there to measure it.
  testTimeout: 30_000,
  testMatch: [
    '<rootDir>/{toolkit,test,rehearsal,bench}/**/*.test.ts',
    '<rootDir>/actions/*/test/**/*.test.ts',
    '<rootDir>/.github/actions/*/test/**/*.test.ts',
  ],
  // Of jest.images.config.js.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/images/'],
  modulePathIgnorePatterns: [
    '<rootDir>/.rehearsal',
    '<rootDir>/.tools',
    '<rootDir>/actions/[^/]+/dist',
    '<rootDir>/.github/actions/[^/]+/dist',
  ],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};
