/**
 * A file of `NAME=value` lines with secrets for `env:NAME`. What the environment has already stays. Refused: a file that
 * others may read, because it holds what the configuration must not.
 */
import { statSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { stop } from './exits.ts'
import { readTextFile } from './files.ts'

const othersMayRead = 0o077

/**
 * Adds the values of `file` to `env`. A usage `Stop` when it is missing or not the owner's alone. Answers with the names
 * that stayed as the environment has them although the file says something else.
 */
export function readEnvFile(file: string, env: Record<string, string | undefined>): readonly string[] {
  const text = readTextFile(file)
  if (process.platform !== 'win32' && (statSync(file).mode & othersMayRead) !== 0) {
    throw stop('ERR_CLI_FILE', { file, reason: 'others may read it' }, `run: chmod 600 ${file}`)
  }
  const given = Object.entries(parseEnv(text))
  const stayed = given.flatMap(([name, value]) => (env[name] === undefined || env[name] === value ? [] : [name]))
  for (const [name, value] of given) env[name] ??= value
  return stayed
}

/** `NAME=value` as one line that reads back as it was; nothing for a value this form cannot carry. */
export function envLine(name: string, value: string): string | undefined {
  const quotes = ["'", '"', '`'].filter(mark => !value.includes(mark))
  const plain = /^[\w@%+=:,./-]*$/.test(value) ? [''] : []
  for (const mark of [...plain, ...quotes]) {
    const line = `${name}=${mark}${value}${mark}`
    if (parseEnv(line)[name] === value) return line
  }
  return undefined
}
