/**
 * What the demonstration configures: the file an operator would write by hand, and two policies. Kept as text, with
 * its comments, because `--keep` leaves it for the reader to look at and change.
 */

interface Places {
  readonly everythingUrl: string
  readonly weatherUrl: string
  readonly files: { readonly command: string; readonly args: readonly string[] }
}

/** sallyport.yaml of the demonstration. */
export function configurationText({ everythingUrl, weatherUrl, files }: Places): string {
  return `# Two real servers and one of the demonstration's own. \`network: private\` because all are on this machine;
# \`pin: trust-first\` approves the first list of tools unseen, and holds every later change for review.
servers:
  everything: { url: "${everythingUrl}", network: private, pin: trust-first }
  weather: { url: "${weatherUrl}", network: private, pin: trust-first }
  files:
    command: ${JSON.stringify(files.command)}
    args: ${JSON.stringify(files.args)}
    pin: trust-first
policies:
  reader: { file: policies/reader.json }
  operator: { file: policies/operator.yaml }
`
}

/** The policy files, by the name in the configuration. */
export function policyFiles(filesDir: string): Readonly<Record<string, string>> {
  const reader = {
    version: '1',
    default: 'deny',
    tools: {
      list_directory: {},
      read_text_file: {
        // a glob never matches a path that climbs, so nobody walks around the next rule with `..`
        require: [
          {
            conditions: [{ path: 'args.path', op: 'glob', value: `${filesDir}/**` }],
            on_deny: 'read files of this folder, by their plain paths',
          },
        ],
        deny_if: [
          {
            conditions: [{ path: 'args.path', op: 'starts_with', value: `${filesDir}/private/` }],
            on_deny: 'files under private/ are not for this agent; ask their owner',
          },
        ],
      },
      get_forecast: {},
      echo: { rate_limit: { max: 2, window: 60 } },
    },
  }
  const operator = `# What is not listed is allowed, but nobody moves files and nobody sees the environment.
version: "1"
default: allow
hide: [get-env, move_file]
tools:
  write_file:
    require:
      - conditions: [{ path: args.path, op: glob, value: "${filesDir}/drafts/**" }]
        on_deny: write under drafts/ only
`
  return { 'policies/reader.json': `${JSON.stringify(reader, null, 2)}\n`, 'policies/operator.yaml': operator }
}

/** The grants, as \`grant create\` takes them. */
export const grants = [
  { name: 'intern', principal: 'intern-agent', servers: { files: 'reader', everything: 'reader', weather: 'reader' } },
  {
    name: 'operator',
    principal: 'operator-agent',
    servers: { files: 'operator', everything: 'operator', weather: 'operator' },
  },
] as const
