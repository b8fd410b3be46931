import { defineContract } from '#toolkit/action/contract';

export const contract = defineContract({
  name: 'Smoke test',
  description:
    'Proves from outside, over HTTPS, that the site answers, is Moodle, is safe to be seen, and is served by more than one pod.',
  branding: { icon: 'check-circle', color: 'green' },
  inputs: {
    'host-name': { type: 'string', required: true, description: 'Host name of the site.' },
    'web-pods': {
      type: 'integer',
      min: 1,
      max: 100_000,
      default: '2',
      description: 'Web pods that are ready at least. From 2 on, a session is followed from one pod to another.',
    },
    'certificate-days': {
      type: 'integer',
      min: 0,
      max: 365,
      default: '14',
      description: 'Days that the certificate must still be valid for.',
    },
    'connect-to': {
      type: 'string',
      description:
        '`address` or `address:port` to connect to in place of what DNS says for the host name, as before a cut-over.',
    },
    'connect-to-plain': {
      type: 'string',
      description: 'The same for plain HTTP. When empty: port 80 of the address above, or of what DNS says.',
    },
    timeout: {
      type: 'duration',
      default: '15m',
      description: 'How long to try: Front Door takes minutes to spread a new route to all its sites.',
    },
    'request-timeout': { type: 'duration', default: '20s', description: 'How long one answer may take.' },
  },
  outputs: {
    checks: { type: 'json', description: 'JSON list of `{"check", "passed", "detail"}`, also when the test failed.' },
  },
});
