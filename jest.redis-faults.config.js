import base from './jest.config.js';

const isFull = process.env.REDIS_FAULTS === 'full';

/** The faults of Redis Clusters. In full one cluster at a time: what is measured is the healing, not the crowd. */
export default {
  ...base,
  testMatch: ['<rootDir>/actions/redis-bootstrap/test/faults/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: isFull ? 1 : 2,
  maxConcurrency: isFull ? 1 : 2,
};
