/**
 * The rules of the house as pure functions over source text: which folder may import what, how large a file may
 * grow, what it may be called. `check-house.ts` reads the tree and applies them; `test/pins/house.test.ts` plants one
 * violation of each. Refuses nothing by itself: it returns findings.
 */

/** One thing that breaks a rule (`problem`) or deserves a second look (`question`). */
export interface Finding {
  readonly severity: 'problem' | 'question'
  readonly file: string
  readonly message: string
}

/** One import of a source file. `typeOnly` imports vanish at run time. */
interface Import {
  readonly from: string
  readonly names: readonly string[]
  readonly typeOnly: boolean
}

const linesMax = 500
const linesQuestioned = 300
/** One catalogue each, read by searching: entries, no logic. */
const tables = ['src/errors.ts', 'src/limits.ts'] as const

/** Rooms that compute and never touch the world: they import each other and nothing else of the house. */
const pureRooms = ['wire', 'policy', 'limits.ts', 'errors.ts', 'clock.ts'] as const
/** Packages without I/O that the pure rooms may use. */
const purePackages = ['@bufbuild/cel', 'ajv', 'ipaddr.js', 're2js', 'yaml', 'zod'] as const
/** Hashing is computation; everything else of node: is the world. */
const pureBuiltins = ['node:crypto'] as const
/** The rooms in front of the domains: domains know nothing of them. */
const frontRooms = ['gateway', 'api', 'cli', 'demo', 'main.ts', 'server.ts'] as const
/** Rooms that are commands or play one. */
const commandRooms = ['cli', 'demo', 'main.ts'] as const
const domainRooms = [
  ...[
    'identity',
    'limits',
    'flows',
    'approvals',
    'connections',
    'tickets',
    'notify',
    'ledger',
    'upstream',
    'catalogue',
    'store',
    'builtin',
  ],
  ...['config', 'config.ts', 'log.ts'],
] as const
const drivers = ['node:sqlite', 'pg', 'kysely', 'better-sqlite3'] as const
const driverRooms = ['store'] as const
/** Where outgoing sockets and processes may be opened. */
const socketRooms = ['upstream', 'notify'] as const
/** The CLI calls the control API of a running gateway, and the bridge `connect` calls the gateway itself. */
const cliSockets = ['undici', 'node:http'] as const
const socketPackages = ['undici', 'axios', 'got', 'node-fetch'] as const
const socketNames: Readonly<Record<string, readonly string[]>> = {
  'node:http': ['request', 'get', 'Agent', 'globalAgent'],
  'node:https': ['request', 'get', 'Agent', 'globalAgent'],
  'node:http2': ['connect'],
  'node:net': ['connect', 'createConnection', 'Socket'],
  'node:tls': ['connect', 'TLSSocket'],
  'node:dgram': ['createSocket'],
  'node:child_process': ['spawn', 'exec', 'execFile', 'fork', 'spawnSync', 'execSync', 'execFileSync'],
}
/** The demonstration plays agent and servers, so it opens what they would open. */
const demoPaths = /^src\/(?:demo|cli\/demo)(?:\/|-|\.ts$)/
const grabBagNames = new Set(['util', 'utils', 'helper', 'helpers', 'manager', 'managers', 'common', 'misc', 'index'])
const forbiddenCalls: readonly { readonly pattern: RegExp; readonly allowed: RegExp; readonly message: string }[] = [
  {
    pattern: /(?<![\w.])fetch\(/,
    allowed: /^$/,
    message: 'calls the global `fetch`: it costs more than the rest of a call; use undici in `upstream/`',
  },
  {
    pattern: /(?<!\w)Math\.random\(/,
    allowed: /^$/,
    message: 'calls `Math.random`: take randomness as a parameter, from node:crypto',
  },
  {
    pattern: /(?<!\w)(?:Date\.now|performance\.now)\(/,
    allowed: /^src\/(?:clock\.ts$|store\/|cli\/|demo\/|main\.ts$|server\.ts$)/,
    message: 'reads the time itself: take a `Clock`',
  },
]

/** Folder of `src/` a file belongs to, or its name when it lies at the top. */
export function roomOf(file: string): string {
  return file.split('/')[1] ?? ''
}

/** The static and dynamic imports of a TypeScript source, comments ignored. */
export function importsOf(text: string): readonly Import[] {
  const code = withoutComments(text)
  const found: Import[] = []
  for (const match of code.matchAll(/^(?:import|export)\s+(type\s+)?([\w\s{},*$]*?)\s*from\s+['"]([^'"]+)['"]/gm)) {
    const names = [...(match[2] ?? '').matchAll(/(type\s+)?([\w$*]+)(?:\s+as\s+[\w$]+)?/g)]
    const values = names.filter(name => name[1] === undefined).map(name => name[2] ?? '')
    found.push({ from: match[3] ?? '', names: values, typeOnly: match[1] !== undefined || values.length === 0 })
  }
  for (const match of code.matchAll(/(?:^import|\bimport\()\s*['"]([^'"]+)['"]/gm)) {
    found.push({ from: match[1] ?? '', names: ['*'], typeOnly: false })
  }
  return found
}

/** Everything that one source file of `src/` breaks. `file` is relative to the repository, with `/`. */
export function judgeSource(file: string, text: string): readonly Finding[] {
  const findings = [...judgeImports(file, importsOf(text)), ...judgeText(file, text)]
  if (includes(tables, file)) return findings
  const lines = text.split('\n').length - 1
  const message = `${lines} lines`
  if (lines > linesMax) findings.push(problem(file, `${message}, more than ${linesMax}: split it by noun`))
  else if (lines > linesQuestioned) findings.push({ severity: 'question', file, message: `${message}: one noun?` })
  return findings
}

/** A grab-bag word in any part of a path. */
export function judgeName(file: string): readonly Finding[] {
  for (const word of file.split('/').flatMap(part => part.toLowerCase().split(/[-_.]/))) {
    if (grabBagNames.has(word)) return [problem(file, `\`${word}\` says nothing: name the file after its noun`)]
  }
  return []
}

/** Paths that exist on one machine only. Placeholder people (`you`, `me`, `user`) may have a home. */
export function judgePaths(file: string, text: string): readonly Finding[] {
  const found = /(?<![\w.~}-])(?:\/(?:home|Users|root|work)\/(?!(?:you|me|user)\b)[\w.-]+|[A-Z]:\\Users\\\w+)/.exec(
    text,
  )
  if (found === null) return []
  const line = text.slice(0, found.index).split('\n').length
  return [problem(`${file}:${line}`, `\`${found[0]}\` is a path of one machine`)]
}

function judgeImports(file: string, imports: readonly Import[]): Finding[] {
  const room = roomOf(file)
  const findings: Finding[] = []
  for (const item of imports) {
    const target = item.from.startsWith('.') ? roomOf(resolvePath(file, item.from)) : undefined
    const message = target === undefined ? judgePackage(file, room, item) : judgeRoom(room, target)
    if (message !== undefined) findings.push(problem(file, message))
  }
  return findings
}

function judgeRoom(room: string, target: string): string | undefined {
  if (includes(pureRooms, room) && !includes(pureRooms, target)) {
    return `\`${room}\` imports \`${target}\`: pure rooms import only ${pureRooms.join(', ')}`
  }
  if (includes(domainRooms, room) && includes(frontRooms, target)) {
    return `\`${room}\` imports \`${target}\`: a domain does not know who asks it`
  }
  if (target === 'cli' && !includes(commandRooms, room)) return `\`${room}\` imports \`cli\``
  if (target === 'main.ts') return `\`${room}\` imports the binary`
  return undefined
}

function judgePackage(file: string, room: string, item: Import): string | undefined {
  if (item.typeOnly) return undefined
  const name = packageOf(item.from)
  if (includes(pureRooms, room) && !includes(pureBuiltins, item.from) && !includes(purePackages, name)) {
    return `\`${room}\` imports \`${item.from}\`: pure rooms import no I/O`
  }
  if (includes(drivers, name) && !includes(driverRooms, room)) return `imports \`${name}\`: drivers stay in \`store/\``
  if (demoPaths.test(file) || includes(socketRooms, room)) return undefined
  if (room === 'cli' && includes(cliSockets, name)) return undefined
  const opens = includes(socketPackages, name) || item.names.some(each => socketNames[item.from]?.includes(each))
  if (opens)
    return `imports ${item.names.join(', ')} from \`${item.from}\`: only \`upstream/\` opens sockets or processes`
  const whole = socketNames[item.from] !== undefined && item.names.some(each => each === '*' || !isNamed(item, each))
  return whole ? `imports all of \`${item.from}\`: name what is used` : undefined
}

function judgeText(file: string, text: string): Finding[] {
  const code = withoutComments(text)
  const findings: Finding[] = []
  if (/^export default\b/m.test(code)) findings.push(problem(file, 'has a default export'))
  for (const rule of forbiddenCalls) {
    if (rule.pattern.test(code) && !rule.allowed.test(file) && !demoPaths.test(file)) {
      findings.push(problem(file, rule.message))
    }
  }
  return findings
}

/** A default import (`import http from`) brings the whole module in under a name of its own. */
function isNamed(item: Import, name: string): boolean {
  return name !== item.from.replace('node:', '')
}

function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

function resolvePath(file: string, relative: string): string {
  const path = file.split('/').slice(0, -1)
  for (const part of relative.split('/')) {
    if (part === '..') path.pop()
    else if (part !== '.') path.push(part)
  }
  return path.join('/')
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes(value)
}

function problem(file: string, message: string): Finding {
  return { severity: 'problem', file, message }
}
