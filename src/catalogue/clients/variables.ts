/**
 * The variables clients allow in their files: `${NAME}` and `${NAME:-default}` (Claude Code, Gemini CLI), `${env:NAME}`,
 * `${userHome}`, `${workspaceFolder}` (Cursor, VS Code). Expanded once, never recursively. What only the client can
 * give, such as `${input:id}`, stays unexpanded and is named.
 */

export interface VariableSource {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** The folder a project's file belongs to. A person's own file belongs to none: it means whatever is open. */
  readonly folder?: string
}

export interface Expansion {
  readonly text: string
  /** Variables that have no value here. */
  readonly missing: readonly string[]
}

const reference = /\$\{([^{}]*)\}/g

/** Replaces every variable that has a value. A missing one is left as written. */
export function expand(text: string, source: VariableSource): Expansion {
  const missing: string[] = []
  const expanded = text.replace(reference, (whole, inside: string) => {
    const value = valueOfVariable(inside, source)
    if (value === undefined) missing.push(inside)
    return value ?? whole
  })
  return { text: expanded, missing }
}

function valueOfVariable(inside: string, { env, home, folder }: VariableSource): string | undefined {
  if (inside === 'userHome') return home
  if (inside === 'workspaceFolder') return folder
  if (inside === 'pathSeparator' || inside === '/') return '/'
  if (inside.startsWith('env:')) return env[inside.slice('env:'.length)]
  const parts = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/.exec(inside)
  return parts === null ? undefined : (env[parts[1] ?? ''] ?? parts[2])
}
