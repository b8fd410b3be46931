/** Plans that are made up, one for each construct of the published format, and for texts that nobody expects. */

/** A plan and how it is rendered. */
export interface Sample {
  /** What of the format it shows. */
  construct: string;
  /** Fields of the plan; the version is added. */
  plan: object;
  warnings?: string[];
  /** Secrets of the process. */
  secrets?: string[];
  /** Ids that are not to be shown. */
  hidden?: string[];
  /** Room in characters, when it is less than a comment's. */
  most?: number;
  moreUrl?: string;
}

type Change = Record<string, unknown>;

/** A resource of a plan; the type is the first part of its address that is no module's. */
export function resource(address: string, change: Change, more: object = {}): object {
  const [type = '', name = ''] = address.replace(/^(module\.[^.]+\.)+/, '').split(/[.[]/);
  return { address, mode: 'managed', type, name, ...more, change: { actions: ['no-op'], ...change } };
}

const update = (before: object, after: object, more: object = {}): Change => ({
  actions: ['update'],
  before,
  after,
  after_unknown: {},
  ...more,
});
const create = (after: object, more: object = {}): Change => ({ actions: ['create'], before: null, after, ...more });
const destroy = (before: object, more: object = {}): Change => ({ actions: ['delete'], before, after: null, ...more });
const replace = (before: object, after: object, more: object = {}): Change => ({
  actions: ['delete', 'create'],
  before,
  after,
  ...more,
});
const resources = (...list: object[]): { resource_changes: object[] } => ({ resource_changes: list });

const script = (name: string): string =>
  ['#!/bin/sh', 'set -eu', '# one', '# two', '# three', `echo "Hello ${name}"`, 'exit 0', ''].join('\n');

export const samples: Readonly<Record<string, Sample>> = {
  empty: { construct: 'A plan with nothing in it', plan: {} },
  create: {
    construct: 'create: known values, values known after apply, sensitive ones, and empty ones, which are not shown',
    plan: resources(
      resource(
        'azurerm_storage_account.files',
        create(
          {
            name: 'files',
            account_tier: 'Premium',
            https_only: true,
            retention: 7,
            zones: ['1', '2', '3'],
            tags: null,
            network_rules: [{ default_action: 'Deny', ip_rules: [] }],
            identity: [],
            primary_access_key: null,
            note: '',
          },
          {
            after_unknown: { id: true, primary_access_key: true, network_rules: [{ bypass: true }] },
            after_sensitive: { note: true, primary_access_key: true },
          },
        ),
      ),
    ),
  },
  update: {
    construct: 'update: texts, numbers, truth values, a value that comes, one that goes, one that is known after apply',
    plan: resources(
      resource(
        'azurerm_app.web',
        update(
          { sku: 'S1', size: 1, enabled: true, gone: 'x', version: '1', kind: 'linux', long: 'a'.repeat(70) },
          {
            sku: 'P1',
            size: 2.5,
            enabled: false,
            fresh: 'y',
            kind: 'linux',
            long: `${'a'.repeat(60)}${'b'.repeat(10)}`,
          },
          { after_unknown: { version: true } },
        ),
      ),
    ),
  },
  replace: {
    construct: 'replace_paths: what forces a replacement, also deep inside; both orders of actions',
    plan: resources(
      resource(
        'azurerm_kubernetes_cluster.a',
        replace(
          { dns_prefix: 'a', default_node_pool: [{ name: 'system', vm_size: 'D2' }], zones: ['1'], id: '/a' },
          { dns_prefix: 'a', default_node_pool: [{ name: 'system', vm_size: 'D4' }], zones: ['2'] },
          { replace_paths: [['default_node_pool', 0, 'vm_size'], ['zones']], after_unknown: { id: true } },
        ),
        { action_reason: 'replace_because_cannot_update' },
      ),
      resource('azurerm_dns_zone.b', {
        ...replace({ name: 'a' }, { name: 'b' }, { replace_paths: [['name']] }),
        actions: ['create', 'delete'],
      }),
    ),
  },
  'replace-reasons': {
    construct: 'action_reason of replacements; create and forget',
    plan: resources(
      ...['replace_because_tainted', 'replace_by_request', 'replace_by_triggers'].map((action_reason, index) =>
        resource(`azurerm_vm.r${index}`, replace({ a: 1 }, { a: 1 }, { after_unknown: { id: true } }), {
          action_reason,
        }),
      ),
      resource('azurerm_vm.kept', { ...replace({ zone: '1' }, { zone: '2' }), actions: ['create', 'forget'] }),
    ),
  },
  'delete-reasons': {
    construct: 'action_reason of deletions',
    plan: resources(
      ...['no_resource_config', 'no_module', 'wrong_repetition', 'count_index', 'each_key', 'no_move_target'].map(
        (reason) =>
          resource(`azurerm_subnet.${reason}`, destroy({ name: reason }), {
            action_reason: `delete_because_${reason}`,
          }),
      ),
    ),
    warnings: ['This plan deletes azurerm_subnet.no_resource_config and 5 more.'],
  },
  forget: {
    construct: 'forget: taken out of the state, not deleted',
    plan: resources(resource('azurerm_dns_zone.old', { actions: ['forget'], before: { name: 'x' }, after: null })),
  },
  move: {
    construct: 'previous_address: moved, and moved with a change',
    plan: resources(
      resource('azurerm_vm.b', { before: { a: 1 }, after: { a: 1 } }, { previous_address: 'azurerm_vm.a' }),
      resource('module.m.azurerm_vm.d', update({ a: 1 }, { a: 2 }), { previous_address: 'azurerm_vm.c' }),
    ),
  },
  import: {
    construct: 'importing: by id, by identity, with an unknown id, with a change, and with generated_config',
    plan: resources(
      resource('azurerm_vm.a', { before: { a: 1 }, after: { a: 1 }, importing: { id: '/subscriptions/s/vm/a' } }),
      resource('azurerm_vm.b', { before: {}, after: {}, importing: { identity: { name: 'b', region: 'x' } } }),
      resource('azurerm_vm.c', { before: {}, after: {}, importing: { unknown: true } }),
      resource('azurerm_vm.d', update({ size: 1 }, { size: 2 }, { importing: { id: 'd' } })),
      resource('azurerm_vm.e', {
        before: { a: 1 },
        after: { a: 1 },
        importing: { id: 'e' },
        generated_config: 'resource "azurerm_vm" "e" {\n  name = "e"\n  password = null # sensitive\n}',
      }),
    ),
  },
  deposed: {
    construct: 'deposed: what an interrupted replacement left behind',
    plan: resources(
      resource('azurerm_vm.a', { before: { a: 1 }, after: { a: 1 } }),
      resource('azurerm_vm.a', destroy({ name: 'a' }), { deposed: 'b1946ac9' }),
    ),
  },
  blocks: {
    construct: 'Nested blocks: changed, added, removed and unchanged ones, with blocks inside',
    plan: resources(
      resource(
        'azurerm_nsg.a',
        update(
          {
            rule: [
              { name: 'http', priority: 100, ports: ['80'], log: [{ days: 1 }] },
              { name: 'ssh', priority: 200, ports: ['22'], log: [] },
              { name: 'dns', priority: 300, ports: ['53'], log: [] },
            ],
          },
          {
            rule: [
              { name: 'dns', priority: 300, ports: ['53'], log: [] },
              { name: 'http', priority: 110, ports: ['80', '8080'], log: [{ days: 7 }] },
              { name: 'https', priority: 120, ports: ['443'], log: [{ days: 7 }] },
            ],
          },
        ),
      ),
    ),
  },
  lists: {
    construct: 'Lists and sets: items that come and go, other order, nested lists, long ones',
    plan: resources(
      resource(
        'azurerm_x.a',
        update(
          {
            short: ['a', 'b'],
            order: ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh'],
            ips: ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4', '203.0.113.5'],
            nested: [
              ['a', 'b'],
              ['c', 'd'],
            ],
            numbers: [1, 2, 3],
          },
          {
            short: ['b', 'c'],
            order: ['seventh', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth'],
            ips: ['203.0.113.1', '203.0.113.9', '203.0.113.3', '203.0.113.4', '203.0.113.5'],
            nested: [
              ['a', 'b'],
              ['c', 'e'],
            ],
            numbers: null,
          },
        ),
      ),
    ),
  },
  maps: {
    construct: 'Maps: keys that come, go and change, keys that are no names, objects in objects',
    plan: resources(
      resource(
        'azurerm_x.a',
        update(
          {
            tags: { a: '1', 'with space': '2', 'kubernetes.io/name': '3' },
            settings: { deep: { deeper: { x: 1, y: 1 } } },
          },
          { tags: { a: '1', 'with space': '9', new: '4' }, settings: { deep: { deeper: { x: 2, y: 1 } } } },
        ),
      ),
    ),
  },
  text: {
    construct: 'Texts of many lines, line by line; without an end of the last line; with carriage returns',
    plan: resources(
      resource(
        'azurerm_x.a',
        update(
          { script: script('Ann'), ended: 'a\nb\n', windows: 'a\r\nb\r\n', was_short: 'one' },
          { script: script('Bob'), ended: 'a\nb', windows: 'a\r\nc\r\n', was_short: 'one\ntwo\n' },
        ),
      ),
      resource('azurerm_x.b', create({ script: script('Cleo') })),
    ),
  },
  json: {
    construct: 'JSON in a text: compared as what it says, also JSON inside of it; written otherwise, and broken',
    plan: resources(
      resource(
        'azurerm_policy.a',
        update(
          {
            rule: '{"if":{"field":"type","equals":"a"},"then":{"effect":"audit"},"list":[{"name":"x","n":1},{"name":"y","n":2}]}',
            inner: JSON.stringify({ body: JSON.stringify({ a: 1, b: 2 }) }),
            same: '{"a":1,"b":2}',
            broken: '{"a":1',
            array: '[1,2,3]',
          },
          {
            rule: '{"then":{"effect":"deny"},"if":{"field":"type","equals":"a"},"list":[{"name":"x","n":1},{"name":"y","n":3}]}',
            inner: JSON.stringify({ body: JSON.stringify({ a: 1, b: 3 }) }),
            same: '{ "b": 2, "a": 1 }',
            broken: '{"a":2',
            array: '[1,2,4]',
          },
        ),
      ),
      resource('azurerm_policy.b', create({ rule: '{"a":[{"b":null}],"c":"d"}' })),
    ),
  },
  unknown: {
    construct: 'after_unknown at any depth: items, fields, blocks of unknown number, whole objects',
    plan: resources(
      resource(
        'azurerm_x.a',
        update(
          { ids: ['a', 'b'], block: [{ name: 'x', id: '1' }], tags: { a: '1' }, dynamic: [{ a: 1 }] },
          { ids: ['a', null], block: [{ name: 'x' }], tags: {}, dynamic: null },
          { after_unknown: { ids: [false, true], block: [{ id: true }], tags: { a: true }, dynamic: true } },
        ),
      ),
    ),
  },
  sensitive: {
    construct:
      'before_sensitive and after_sensitive: changed, nested, in lists, becoming and no longer sensitive, whole',
    plan: resources(
      resource(
        'azurerm_x.a',
        update(
          {
            password: 'correct-horse',
            nested: { pin: '1234', open: 'a' },
            list: ['aaaa', 'bbbb'],
            becomes: 'x',
            was: 'y',
          },
          {
            password: 'battery-staple',
            nested: { pin: '5678', open: 'b' },
            list: ['aaaa', 'cccc'],
            becomes: 'x',
            was: 'y',
          },
          {
            before_sensitive: { password: true, nested: { pin: true }, list: [false, true], was: true },
            after_sensitive: { password: true, nested: { pin: true }, list: [false, true], becomes: true },
          },
        ),
      ),
      resource('azurerm_x.b', create({ a: 'all of it' }, { after_sensitive: true })),
    ),
  },
  rules: {
    construct: 'Secrets that nothing marks: by type, by name, by the way they are written',
    plan: resources(
      resource('random_string.moodle-db-password', destroy({ id: 'Rx8mNq2vTz7p', result: 'Rx8mNq2vTz7p', length: 12 })),
      resource('kubernetes_secret_v1.a', create({ metadata: [{ name: 'a' }], data: { user: 'x', password: 'y' } })),
      resource(
        'azurerm_function_app.a',
        update(
          {
            app_settings: { DB_PASSWORD: 'a1', API_TOKEN_TTL: '5', MODE: 'x' },
            env: [
              { name: 'CLIENT_SECRET', value: 'a2' },
              { name: 'MODE', value: 'x' },
            ],
            connection_string: [{ name: 'main', type: 'Custom', value: 'Server=db;Password=a3' }],
            command: 'psql "host=db password=a4 user=x"',
            url: 'https://user:a5@example.org/?sig=a6&x=1',
            config: '{"password":"a7","mode":"x"}',
          },
          {
            app_settings: { DB_PASSWORD: 'b1', API_TOKEN_TTL: '6', MODE: 'y' },
            env: [
              { name: 'CLIENT_SECRET', value: 'b2' },
              { name: 'MODE', value: 'y' },
            ],
            connection_string: [{ name: 'main', type: 'Custom', value: 'Server=db;Password=b3' }],
            command: 'psql "host=db password=b4 user=y"',
            url: 'https://user:b5@example.org/?sig=b6&x=2',
            config: '{"password":"b7","mode":"y"}',
          },
        ),
      ),
    ),
  },
  'secrets-elsewhere': {
    construct:
      'A sensitive value that also stands where nothing marks it: in a command, in base64, in a URL, in JSON, in a key',
    plan: resources(
      resource('azurerm_db.a', create({ password: 'p"ss<w>rd 42' }, { after_sensitive: { password: true } })),
      resource(
        'terraform_data.b["p\\"ss<w>rd 42"]',
        create({
          command: `mysql -p'p"ss<w>rd 42' < dump.sql`,
          basic: Buffer.from('admin:p"ss<w>rd 42').toString('base64'),
          url: `https://example.org/?key=${encodeURIComponent('p"ss<w>rd 42')}&a=1`,
          json: '{"note":"p\\"ss\\u003cw\\u003erd 42"}',
          keys: { 'p"ss<w>rd 42': 'x' },
        }),
      ),
    ),
  },
  registered: {
    construct: 'Secrets of the process, and ids that are not to be shown',
    secrets: ['tok-1234'],
    hidden: ['11111111-2222-3333-4444-555555555555'],
    plan: resources(
      resource(
        'azurerm_x.a',
        create({ id: '/subscriptions/11111111-2222-3333-4444-555555555555/x', header: 'tok-1234' }),
      ),
    ),
  },
  reads: {
    construct: 'Data sources that are read during apply, and why',
    plan: resources(
      ...['config_unknown', 'dependency_pending', 'check_nested'].map((reason) =>
        resource(
          `data.azurerm_x.${reason}`,
          { actions: ['read'], before: null, after: {}, after_unknown: { id: true } },
          { mode: 'data', type: 'azurerm_x', action_reason: `read_because_${reason}` },
        ),
      ),
    ),
  },
  outputs: {
    construct: 'output_changes: coming, going, changing, sensitive, not known yet, objects, unchanged',
    plan: {
      output_changes: {
        fresh: create('a' as unknown as object, { after_unknown: false }),
        gone: destroy(7 as unknown as object),
        host: { actions: ['update'], before: 'a', after: 'b', after_unknown: false },
        key: { actions: ['update'], before: 'one', after: 'two', before_sensitive: true, after_sensitive: true },
        later: { actions: ['create'], before: null, after_unknown: true },
        ports: { actions: ['update'], before: { http: 80, https: 443 }, after: { http: 8080, https: 443 } },
        same: { actions: ['no-op'], before: 'x', after: 'x' },
      },
    },
  },
  drift: {
    construct: 'resource_drift with relevant_attributes: changed and deleted outside of Terraform',
    plan: {
      relevant_attributes: [{ resource: 'azurerm_vm.c', attribute: ['id'] }],
      resource_drift: [
        resource('azurerm_vm.a', update({ size: 1, tags: {} }, { size: 2, tags: { by: 'hand' } })),
        resource('azurerm_vm.b', destroy({ name: 'b' })),
        resource('azurerm_vm.c', update({ open: false }, { open: true })),
      ],
      resource_changes: [resource('azurerm_vm.b', create({ name: 'b' }))],
    },
  },
  deferred: {
    construct: 'deferred_changes with their reasons, in a plan that another has to follow',
    plan: {
      complete: false,
      deferred_changes: [
        'instance_count_unknown',
        'resource_config_unknown',
        'provider_config_unknown',
        'absent_prereq',
      ].map((reason) => ({ reason, resource_change: resource(`azurerm_x.${reason}`, create({})) })),
    },
  },
  actions: {
    construct: 'action_invocations: by the life of a resource, and asked for',
    plan: {
      action_invocations: [
        {
          address: 'action.azurerm_vm_power.restart',
          type: 'azurerm_vm_power',
          lifecycle_action_trigger: {
            triggering_resource_address: 'azurerm_vm.a',
            action_trigger_event: 'AfterUpdate',
          },
        },
        { address: 'action.azurerm_cdn_purge.all', type: 'azurerm_cdn_purge', invoke_action_trigger: {} },
      ],
    },
  },
  checks: {
    construct: 'checks: failed ones with their messages; passed and unknown ones are not shown',
    plan: {
      checks: [
        {
          address: { kind: 'check', to_display: 'check.health' },
          status: 'fail',
          instances: [
            {
              address: { to_display: 'check.health' },
              status: 'fail',
              problems: [{ message: 'The site answers 503.' }],
            },
          ],
        },
        { address: { kind: 'resource', to_display: 'azurerm_vm.a' }, status: 'pass' },
        { address: { kind: 'resource', to_display: 'azurerm_vm.b' }, status: 'unknown' },
        { address: { kind: 'output_value', to_display: 'output.x' }, status: 'error' },
      ],
    },
  },
  errored: {
    construct: 'errored: a plan that stopped',
    plan: { errored: true, applyable: false, ...resources(resource('azurerm_x.a', create({ name: 'a' }))) },
  },
  addresses: {
    construct: 'module_address, index and name in every form',
    plan: resources(
      resource('azurerm_x.a[0]', create({ n: 1 })),
      resource('azurerm_x.a["key with \\"quotes\\" and ] brackets"]', create({ n: 1 })),
      resource('module.outer["x"].module.inner[2].azurerm_x.straße', create({ n: 1 })),
      resource('azurerm_x.a["日本語 🙂"]', create({ name: '東京', emoji: '👩‍👩‍👧‍👦' })),
      resource('azurerm_x.a["مرحبا"]', create({ name: 'مرحبا بالعالم' })),
    ),
  },
  hostile: {
    construct:
      'Texts that are taken for something else: fences, HTML, mentions, references, commands, directions of writing',
    plan: resources(
      resource(
        'azurerm_x.a["`|</code></summary>@everyone #1 GH-2 <!-- x"]',
        update(
          {
            fence: '```\n</details>\n```diff\n- gone\n',
            html: '<script>alert(1)</script>',
            command: 'ok\n::error::not a command\n##[error]nor this\n',
            direction: 'user\u202e gnp.exe',
            control: 'a\u0000b\u001b[31mred',
            half: 'x\ud83d',
          },
          {
            fence: '````\n</details>\n```diff\n+ gone\n',
            html: '<img src=x onerror=alert(1)> @octocat closes #1',
            command: 'ok\n::set-output name=x::y\n##[warning]nor this\n',
            direction: 'user gnp.exe',
            control: 'a\u0000b\u001b[0mred',
            half: 'y\ud83d',
          },
        ),
      ),
    ),
    warnings: ['Lost: azurerm_x.a["`|<b>@everyone #1"]\nAdd the line:  ```allow```'],
  },
  'enormous-text': {
    construct: 'One attribute of a megabyte',
    most: 8000,
    plan: resources(
      resource('azurerm_x.a', create({ content: 'x'.repeat(1_000_000), name: 'a', other: 'b' })),
      resource('azurerm_x.b', update({ content: `${'y'.repeat(500_000)}1` }, { content: `${'y'.repeat(500_000)}2` })),
    ),
  },
  'enormous-lines': {
    construct: 'One attribute of a hundred thousand lines, and one list of as many items',
    most: 8000,
    plan: resources(
      resource('azurerm_x.a', create({ content: 'line\n'.repeat(100_000), name: 'a' })),
      resource(
        'azurerm_x.b',
        update(
          { ips: Array.from({ length: 5000 }, (_, index) => `a${index}`), name: 'x' },
          { ips: Array.from({ length: 5000 }, (_, index) => `b${index}`), name: 'y' },
        ),
      ),
    ),
  },
  many: {
    construct: 'More resources than there is room for',
    most: 12_000,
    moreUrl: 'https://github.com/owner/repository/actions/runs/1',
    warnings: ['This plan deletes azurerm_x.d0 and 39 more.'],
    plan: resources(
      ...Array.from({ length: 400 }, (_, index) =>
        index % 10 === 0
          ? resource(`azurerm_x.d${index}`, destroy({ name: `d${index}` }))
          : resource(`azurerm_x.r${index}`, create({ name: `r${index}`, size: index })),
      ),
    ),
  },
  'outputs-only': {
    construct: 'A plan that changes outputs alone',
    plan: {
      ...resources(resource('azurerm_x.a', { before: { a: 1 }, after: { a: 1 } })),
      output_changes: { host: { actions: ['create'], before: null, after: 'x', after_unknown: false } },
    },
  },
  later: {
    construct: 'What a later version may bring: actions, modes, fields and reasons that are not known',
    plan: {
      format_version: '1.99',
      invented: {},
      ...resources(
        resource('azurerm_x.a', { actions: ['sharpen'], before: { a: 1 }, after: { a: 2 } }, { action_reason: 'dull' }),
        resource('ephemeral.azurerm_x.b', { actions: ['open'] }, { mode: 'ephemeral' }),
      ),
    },
  },
  early: {
    construct: 'A plan of Terraform 0.13, with the fields that there were',
    plan: {
      format_version: '1.0',
      ...resources({
        address: 'azurerm_x.a',
        type: 'azurerm_x',
        change: { actions: ['update'], before: { a: 1 }, after: { a: 2 } },
      }),
    },
  },
};
