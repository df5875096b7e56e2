/** How a server presents itself, apart from what its tools do: what is asked of whoever runs it, and what it declares. */

import { annotationsOf } from './pages/rating.ts'
import type { ServerRecord } from './pages/record.ts'

export interface Posture {
  /** Revision of the protocol it spoke, and the era of that revision. */
  readonly era: string
  readonly protocolVersion: string
  /** How it is reached: a process of the machine, or an address. */
  readonly transport: 'stdio' | 'http'
  /** Tools that say whether they change or destroy something. */
  readonly annotatedTools: number
  /** It sends text that clients put into the context of the model. */
  readonly hasInstructions: boolean
  /** Names of variables and options it takes credentials from. */
  readonly credentials: readonly string[]
}

/** The posture of a record. */
export function postureOf({ era, protocolVersion, url, tools, instructions, env, args }: ServerRecord): Posture {
  const annotated = tools.filter(tool => {
    const { readOnlyHint, destructiveHint } = annotationsOf(tool)
    return readOnlyHint !== undefined || destructiveHint !== undefined
  })
  return {
    ...{ era, protocolVersion },
    transport: url === undefined ? 'stdio' : 'http',
    annotatedTools: annotated.length,
    hasInstructions: instructions !== '',
    credentials: [...Object.keys(env).filter(isCredential), ...args.flatMap(credentialOption)],
  }
}

/** An option that is named like one, or that a value made up for the look follows (`-t dummy`). */
function credentialOption(arg: string, at: number, args: readonly string[]): readonly string[] {
  const name = /^--?[A-Za-z][\w-]*/.exec(arg)?.[0]
  if (name === undefined) return []
  const next = args[at + 1] ?? '-'
  return isCredential(name) || (!next.startsWith('-') && next.includes('dummy')) ? [name] : []
}

/** By the last words of a name: `GITHUB_TOKEN` and `--api-key` are, `KEYSPACE` and `TOKEN_LIMIT` are not. */
function isCredential(name: string): boolean {
  return /(?:^|[_-])(?:key|token|secret|password|passwd|pass|pat|credentials?|dsn|auth|cookie|connection[_-]string)(?:[_-]id)?$/i.test(
    name,
  )
}
