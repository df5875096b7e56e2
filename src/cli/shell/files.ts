/** Files named on the command line, read whole or refused in words. */
import { readFileSync, statSync } from 'node:fs'
import { limits } from '../../limits.ts'
import { stop } from './exits.ts'
import { codeOf } from './gateway-address.ts'

/** The text of a file somebody named; a usage `Stop` when it is missing, not readable or too large. */
export function readTextFile(file: string): string {
  try {
    if (statSync(file).size > limits.cliFileBytesMax) throw stop('ERR_CLI_FILE', { file, reason: 'it is too large' })
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    if (error instanceof TypeError) throw stop('ERR_CLI_FILE', { file, reason: 'it is not UTF-8 text' })
    const words: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder',
      EACCES: 'you may not read it',
    }
    const code = codeOf(error)
    if (words[code] === undefined) throw error
    throw stop('ERR_CLI_FILE', { file, reason: words[code] })
  }
}
