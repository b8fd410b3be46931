import base from './jest.config.js';

/** Faults of Redis Clusters on real servers, and the widest fan-out: measured in seconds, so on a machine to themselves. */
export default {
  ...base,
  testMatch: [
    '<rootDir>/actions/redis-bootstrap/test/faults/**/*.test.ts',
    '<rootDir>/actions/redis-bootstrap/test/fan-out.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/'],
};
