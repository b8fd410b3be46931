import { defineContract } from '#toolkit/action/contract';

export const contract = defineContract({
  name: 'Smoke test',
  description: 'Proves from outside, over HTTPS, that the site answers, is Moodle, is installed, and serves its files.',
  branding: { icon: 'check-circle', color: 'green' },
  inputs: {
    'host-name': { type: 'string', required: true, description: 'Host name of the site.' },
    'connect-to': {
      type: 'string',
      description:
        '`address` or `address:port` to connect to in place of what DNS says for the host name, as before a cut-over.',
    },
    timeout: {
      type: 'duration',
      default: '15m',
      description: 'How long to try: Front Door takes minutes to spread a new route to all its sites.',
    },
  },
  outputs: {
    checks: { type: 'json', description: 'JSON list of `{"check", "passed", "detail"}`.' },
  },
});
