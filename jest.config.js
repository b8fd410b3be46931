/** Jest on native ES modules: swc strips the types, Node loads the rest. */
export default {
  testEnvironment: 'node',
  clearMocks: true,
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
