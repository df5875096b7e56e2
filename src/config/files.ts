/** Reads the text files of the configuration: bounded, UTF-8, with a reason in words when it cannot. */
import { readFileSync, statSync } from 'node:fs'
import { limits } from '../limits.ts'
import type { ReadFile } from './policies.ts'

/** Reason of `readTextFile` for a file that is not there. */
export const fileMissing = 'it does not exist'

const words: Readonly<Record<string, string>> = {
  ENOENT: fileMissing,
  ENOTDIR: fileMissing,
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
}

/** The text of a file, or why there is none. Never throws. */
export const readTextFile: ReadFile = file => {
  try {
    const { size } = statSync(file)
    if (size > limits.configBytesMax) return { ok: false, reason: `it is larger than ${limits.configBytesMax} bytes` }
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) }
  } catch (error) {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { ok: false, reason: 'it is not UTF-8' }
    return { ok: false, reason: words[code ?? ''] ?? code ?? String(error) }
  }
}
