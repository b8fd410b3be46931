import base from './jest.config.js';

/** The tests that build images and run them: they need root, buildah and debootstrap, and a mirror of Debian. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/images/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
