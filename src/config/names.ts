/** The grammar of names people give: they stand in URLs, in tool names behind `/mcp`, and in shells. */

/** Servers: lower case, digits, single `-` or `_` between; no `__`, which parts server from tool (`{server}__{tool}`). */
const serverNamePattern = /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/

/** Policies and grants. */
const objectNamePattern = /^[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*$/

const serverNameCharsMax = 40

/** Names that mean something else at `/mcp/{server}`. */
const reservedServers: ReadonlySet<string> = new Set(['sallyport'])

/** Why a name cannot be a server's; nothing when it can. */
export function serverNameProblem(name: string): string | undefined {
  if (name.length > serverNameCharsMax) return `a server name has at most ${serverNameCharsMax} characters`
  if (reservedServers.has(name)) return `\`${name}\` is the gateway’s own name`
  return serverNamePattern.test(name)
    ? undefined
    : 'a server name is lower-case letters and digits with single `-` or `_` between them'
}

/** Why a name cannot be a policy's or grant's; nothing when it can. */
export function objectNameProblem(name: string, charsMax: number): string | undefined {
  if (name.length > charsMax) return `a name has at most ${charsMax} characters`
  return objectNamePattern.test(name) ? undefined : 'a name is letters and digits with `-`, `_` or `.` between them'
}
