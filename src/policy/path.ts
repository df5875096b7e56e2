/**
 * Paths such as `args.items[*].price`, `args["a.b"]`, `caller.roles[0]`: read once, at load. A path that could mean
 * anything else is refused with the place in it. Lookups are by own property only; `__proto__` is a name like any other.
 */
import { limits } from '../limits.ts'
import { nearest } from './problem.ts'

export type Step = { readonly key: string } | { readonly index: number } | { readonly each: true }

/** What a call brings. */
export type CallRoot = 'args' | 'caller' | 'grant' | 'server' | 'tool' | 'time'
/** `result` is there only where an answer is judged (`results`). */
export type Root = CallRoot | 'result'

export interface Path {
  readonly text: string
  readonly root: Root
  readonly steps: readonly Step[]
}

export type PathReading =
  | { readonly ok: true; readonly path: Path }
  | { readonly ok: false; readonly message: string; readonly remedy: string }

/** First members of every root but `args`; a trailing `.` asks for at least one further member. */
const members: Readonly<Record<Exclude<CallRoot, 'args'>, readonly string[]>> = {
  caller: ['id', 'kind', 'roles', 'groups'],
  grant: ['name', 'labels.'],
  server: ['name'],
  tool: ['name', 'category', 'severity', 'annotations.'],
  time: ['hour', 'weekday', 'date'],
}

export const roots: readonly CallRoot[] = ['args', 'caller', 'grant', 'server', 'tool', 'time']
/** The roots of conditions on an answer: everything of its call, too. */
export const answerRoots: readonly Root[] = ['result', ...roots]

/** Reads a path that starts with one of `known`; the message of a refusal is for the author of the policy. */
export function readPath(text: string, known: readonly Root[] = roots): PathReading {
  if (text.length > limits.policyPathLengthMax) {
    return bad(`the path has more than ${limits.policyPathLengthMax} characters`, 'shorten it')
  }
  const root = /^[a-z_]+/.exec(text)?.[0] ?? ''
  if (!isAmong(known, root)) {
    if (root === 'result') return bad('a call is judged before it has a `result`', 'put the rule into `results`')
    const near = nearest(root, known)
    const hint = near === undefined ? `start it with one of ${known.join(', ')}` : `did you mean \`${near}\`?`
    return bad(`\`${text}\` does not start with a known root`, hint)
  }
  const steps: Step[] = []
  let rest = text.slice(root.length)
  while (rest !== '') {
    const found = readStep(rest)
    if (found === undefined) return bad(`\`${text}\` cannot be read at \`${rest.slice(0, 20)}\``, stepRemedy(rest))
    steps.push(found.step)
    rest = rest.slice(found.length)
  }
  const wrong = root === 'args' ? undefined : root === 'result' ? noMember(steps) : wrongMember(root, steps)
  return wrong ?? { ok: true, path: { text, root, steps } }
}

function isAmong(known: readonly Root[], word: string): word is Root {
  return (known as readonly string[]).includes(word)
}

function noMember([first]: readonly Step[]): PathReading | undefined {
  if (first !== undefined && 'key' in first) return undefined
  return bad('`result` needs a member', 'use a path such as `result.amount` or `result.content[*].text`')
}

const dotted = /^\.([^.[\]"\s*]+)/
const indexed = /^\[(\d{1,9})\]/
const quoted = /^\[("(?:[^"\\]|\\.)*")\]/

function readStep(rest: string): { readonly step: Step; readonly length: number } | undefined {
  if (rest.startsWith('[*]')) return { step: { each: true }, length: 3 }
  const name = dotted.exec(rest)
  if (name?.[1] !== undefined) return { step: { key: name[1] }, length: name[0].length }
  const index = indexed.exec(rest)
  if (index?.[1] !== undefined) return { step: { index: Number(index[1]) }, length: index[0].length }
  const key = quoted.exec(rest)
  if (key?.[1] === undefined) return undefined
  try {
    return { step: { key: JSON.parse(key[1]) as string }, length: key[0].length }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function stepRemedy(rest: string): string {
  if (rest.startsWith('.*')) return 'write `[*]` for every element of a list'
  return 'write members as `.name` or `["name"]`, elements as `[0]` or `[*]`'
}

function wrongMember(root: Exclude<CallRoot, 'args'>, steps: readonly Step[]): PathReading | undefined {
  const known = members[root]
  const first = steps[0]
  const shown = known.map(name => `\`${root}.${name.endsWith('.') ? `${name}…` : name}\``).join(', ')
  if (first === undefined || !('key' in first)) return bad(`\`${root}\` needs a member`, `use one of ${shown}`)
  const match = known.find(name => name === first.key || name === `${first.key}.`)
  if (match === undefined) {
    const near = nearest(
      first.key,
      known.map(name => name.replace('.', '')),
    )
    return bad(
      `\`${root}.${first.key}\` is not known`,
      near === undefined ? `use one of ${shown}` : `did you mean \`${root}.${near}\`?`,
    )
  }
  if (match.endsWith('.') && steps.length < 2)
    return bad(`\`${root}.${first.key}\` needs a member`, `use one of ${shown}`)
  return undefined
}

function bad(message: string, remedy: string): PathReading {
  return { ok: false, message, remedy }
}
