import { describe, expect, test } from '@jest/globals';
import { parseDockerfile } from './dockerfile.ts';

test('the last stage counts: copies from the context, variables, user, commands', () => {
  const stage = parseDockerfile(`# syntax=docker/dockerfile:1
ARG BASE=debian:12
FROM \${BASE} AS code
ENV LOST=1
COPY build/fetch /build/fetch
FROM \${BASE}
ARG VERSION=1.2
ENV APP=/opt/app-\${VERSION} MODE="a b"
ENV OLD style value
RUN apt-get update \\
 # a comment inside
 && true
COPY --from=code /moodle/ /var/www/html/
COPY --chown=root:root --chmod=755 rootfs/ /
COPY a.conf b.conf /etc/app/
WORKDIR /srv
WORKDIR data
USER 33:33
EXPOSE 8080
STOPSIGNAL QUIT
ENTRYPOINT ["/entry", "--x"]
CMD ["run"]
`);
  expect(stage).toEqual({
    copies: [
      { sources: ['rootfs/'], destination: '/', mode: 0o755, owner: 'root:root' },
      { sources: ['a.conf', 'b.conf'], destination: '/etc/app/', mode: undefined, owner: undefined },
    ],
    env: { APP: '/opt/app-1.2', MODE: 'a b', OLD: 'style value' },
    user: '33:33',
    workingDirectory: '/srv/data',
    entrypoint: ['/entry', '--x'],
    command: ['run'],
    stopSignal: 'SIGQUIT',
  });
});

test('the shell form runs through a shell, and an ENTRYPOINT forgets the CMD before it', () => {
  const stage = parseDockerfile('FROM x\nCMD ["a"]\nENTRYPOINT exec me\n');
  expect([stage.entrypoint, stage.command]).toEqual([['/bin/sh', '-c', 'exec me'], []]);
});

describe('variables', () => {
  test.each([
    ['$<A:-b>', 'b'],
    ['$<SET:-b>', 's'],
    ['$<SET:+c>', 'c'],
    ['$SET-x', 's-x'],
    ["'$SET'", '$SET'],
  ])('%s', (text, value) => {
    const written = text.replace('<', '{').replace('>', '}');
    expect(parseDockerfile(`FROM x\nENV SET=s\nENV V=${written}\n`).env.V).toBe(value);
  });
});

test.each([
  ['ADD https://example.org/x /x', 'ADD'],
  ['ONBUILD RUN x', 'ONBUILD'],
  ['COPY <<EOF /x', 'COPY'],
])('what it cannot do it refuses: %s', (line, name) => {
  expect(() => parseDockerfile(`FROM x\n${line}\n`)).toThrow(name);
});
