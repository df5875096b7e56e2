/**
 * A policy for a whole server, from what its tools can do. Promises: every tool is named or covered by the default, the
 * text loads, and each part says why it is there. Three levels: `read-only` lets only reading through; `guarded` lets
 * work through at a pace a person can follow and asks before what cannot be taken back; `open` asks only for that.
 */

export const levels = ['read-only', 'guarded', 'open'] as const
export type Level = (typeof levels)[number]

/** What can be done about one tool. `limit` is allowed at the pace of its category. */
export const treatments = ['allow', 'limit', 'approve', 'deny', 'hide'] as const
export type Treatment = (typeof treatments)[number]

export const categories = ['Read', 'Write', 'Execute', 'Destructive', 'Financial'] as const
export type Category = (typeof categories)[number]

/** What the recommendation rests on. */
export interface RatedTool {
  readonly name: string
  readonly category: Category
  readonly flags: readonly string[]
}

/** Calls a minute, an hour or a day that a person's work needs and a runaway loop does not get far with. */
const paces: Readonly<Record<Category, string>> = {
  Read: '60/minute',
  Write: '30/minute',
  Execute: '10/minute',
  Destructive: '10/hour',
  Financial: '20/day',
}
/** What reaches people: thirty a minute is a flood to whoever reads it. */
const peoplePace = '5/hour'

/** The treatment a level recommends. */
export function treatmentOf(tool: RatedTool, level: Level): Treatment {
  const { category } = tool
  if (level === 'read-only') return category === 'Read' ? 'limit' : 'hide'
  if (category === 'Destructive' || category === 'Financial') return 'approve'
  if (level === 'open') return category === 'Execute' || isForPeople(tool) ? 'limit' : 'allow'
  return category === 'Execute' ? 'approve' : 'limit'
}

function isForPeople({ category, flags }: RatedTool): boolean {
  return category !== 'Read' && flags.includes('external_send')
}

/** The pace of a tool: how often it may be called. */
export function paceOf(tool: RatedTool): string {
  return isForPeople(tool) ? peoplePace : paces[tool.category]
}

/** The policy as commented YAML. `chosen` stands above the level, tool by tool. */
export function recommendedPolicy(
  server: string,
  tools: readonly RatedTool[],
  level: Level,
  chosen: ReadonlyMap<string, Treatment> = new Map(),
): string {
  const treated = tools.map(tool => ({ tool, treatment: chosen.get(tool.name) ?? treatmentOf(tool, level) }))
  const fallback = level === 'open' ? 'allow' : 'deny'
  const hidden = treated.filter(({ treatment }) => treatment === 'hide').map(({ tool }) => tool.name)
  const listed = treated.filter(
    ({ treatment }) => treatment !== 'hide' && !(treatment === 'allow' && fallback === 'allow'),
  )
  const sections = [...categories].reverse().flatMap(category => section(category, listed, level))
  return [
    `# ${oneLine(server)}: ${introductions[level]}`,
    `# ${census(tools)}.`,
    'version: "1"',
    fallback === 'allow'
      ? 'default: allow   # tools that are not named here'
      : 'default: deny   # also tools that are new',
    ...(hidden.length === 0
      ? []
      : ['hide:   # agents neither see nor reach them', ...hidden.map(name => `  - ${key(name)}`)]),
    ...(sections.length === 0 ? ['tools: {}'] : ['tools:', ...sections]),
    '',
  ].join('\n')
}

const introductions: Readonly<Record<Level, string>> = {
  'read-only': 'what reads is let through, everything else is hidden.',
  guarded: 'reading and writing at a pace, the rest after a person has approved.',
  open: 'everything but what cannot be taken back.',
}

const reasons: Readonly<Record<Category, string>> = {
  Financial: 'moves money or commits to something: a person approves each call',
  Destructive: 'deletes, overwrites or revokes: a person approves each call',
  Execute: 'what it does is decided by its arguments or by something else it starts',
  Write: 'changes things that can be put back',
  Read: 'returns information',
}

interface Treated {
  readonly tool: RatedTool
  readonly treatment: Treatment
}

function section(category: Category, treated: readonly Treated[], level: Level): readonly string[] {
  const own = treated.filter(({ tool }) => tool.category === category)
  if (own.length === 0) return []
  const note =
    category === 'Execute' && level === 'guarded' ? `${reasons[category]}: a person approves` : reasons[category]
  return [
    `  # ${category}: ${note}`,
    ...own.map(({ tool, treatment }) => `  ${key(tool.name)}: ${entry(tool, treatment)}`),
  ]
}

function entry(tool: RatedTool, treatment: Treatment): string {
  const pace = `rate_limit: ${paceOf(tool)}`
  if (treatment === 'limit') return `{ ${pace} }`
  if (treatment === 'approve') return `{ action: require_approval, ${pace} }`
  return treatment === 'deny' ? '{ action: deny }' : '{}'
}

function census(tools: readonly RatedTool[]): string {
  const counts = categories.flatMap(category => {
    const count = tools.filter(tool => tool.category === category).length
    return count === 0 ? [] : [`${count} ${category}`]
  })
  return counts.length === 0 ? 'It offers no tools' : `Its tools: ${counts.join(', ')}`
}

/** Names are the server's words: what YAML would read as anything but this text is quoted. */
function key(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_.-]*$/.test(name) && !/^(true|false|null|yes|no|on|off|y|n|nan|inf)$/i.test(name)
    ? name
    : JSON.stringify(name)
}

const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
