/**
 * `env:NAME` references: secrets are never in a file. A value is one reference, or one word and a reference
 * (`Bearer env:NAME`); anything else is taken as it is written. A variable that is not set is a problem, never ''.
 */

export type Environment = Readonly<Record<string, string | undefined>>

export interface Resolved {
  readonly value: string
  /** The part that came from the environment, to be redacted from everything that comes back. */
  readonly secret?: string
  /** Set when the variable is missing: its name. */
  readonly missing?: string
}

const reference = /^(?:([A-Za-z][A-Za-z0-9-]* ))?env:([A-Za-z_][A-Za-z0-9_]*)$/

/** True when the text is a reference to the environment. */
export function isReference(text: string): boolean {
  return reference.test(text)
}

/** The value a text stands for. */
export function resolveText(text: string, env: Environment): Resolved {
  const match = reference.exec(text)
  const name = match?.[2]
  if (name === undefined) return { value: text }
  const secret = env[name]
  if (secret === undefined || secret === '') return { value: '', missing: name }
  return { value: `${match?.[1] ?? ''}${secret}`, secret }
}
