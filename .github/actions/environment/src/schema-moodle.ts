/** Section `moodle` of the environment file: the release, its plugins, and the site. */
import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be the 64 hexadecimal digits of a SHA-256');

/** A plugin of Moodle. Everything that the build fetches is pinned, so that the same file makes the same image. */
const plugin = z.strictObject({
  path: z
    .string()
    .regex(
      /^[a-z][a-z0-9_]*(\/[a-z][a-z0-9_]*)+$/,
      'must be the directory of the plugin below the web root, such as local/objectfs or admin/tool/forcedcache',
    )
    .describe("Directory below Moodle's web root."),
  version: z
    .string()
    .regex(/^[\w.+-]{1,64}$/, 'must be a version such as "2024100700" or "v5.1", in quotes')
    .describe('Version, as people and the log name it.'),
  url: z
    .string()
    .regex(/^https:\/\/[^\s;"'\\$]+$/, 'must be an https address of a .tar.gz')
    .describe('Address of the archive, a .tar.gz with one folder, as GitHub makes them.'),
  sha256: sha256.describe('SHA-256 of the archive. The build refuses any other archive.'),
});

const plugins = z
  .array(plugin)
  .check(({ value, issues }) => {
    for (const [index, { path }] of value.entries()) {
      if (value.findIndex((other) => other.path === path) === index) continue;
      issues.push({ code: 'custom', path: [index, 'path'], input: path, message: `names "${path}" a second time` });
    }
  })
  .describe('Plugins to build into the image.');

/** Which Moodle, and what a new site is called. */
export const moodle = z.strictObject({
  version: z
    .string()
    .regex(/^\d+\.\d+(\.\d+)?$/, 'must be a Moodle version such as "4.5.8", in quotes')
    .describe('Moodle release, 4.5 or later.'),
  sha256: sha256.optional().describe('SHA-256 of the release archive. The build refuses any other archive.'),
  siteName: z.string().min(1).max(254).describe('Full name of the site.'),
  siteShortName: z.string().min(1).max(100).describe('Short name of the site.'),
  adminEmail: z.email('must be an e-mail address').describe('Address of the first administrator.'),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(_[a-z0-9]+)*$/, 'must be a Moodle language code such as en or pt_br')
    .default('en')
    .describe('Default language of the site.'),
  timezone: z.string().min(1).default('Etc/UTC').describe('Default time zone, by its IANA name.'),
  plugins: plugins.default([]),
});
