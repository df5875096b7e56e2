/** Files of clients as they lie on the disk: their text, byte for byte, and the file a path leads to. Reads only. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { type Result, refused } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { codeOf } from '../shell/gateway-address.ts'

/** The file a path leads to; the path itself where there is none. */
export function realPath(file: string): string {
  return existsSync(file) ? realpathSync(file) : file
}

/** The text of a file: bytes that are none are never replaced, for the file may be written again. */
export function readConfigText(file: string): string | Result<never> {
  const refuseIt = (reason: string) => refused('ERR_CLIENT_CONFIG', { file, reason })
  try {
    const found = statSync(file)
    // a link in a project may lead to a device that never ends
    if (!found.isFile()) return refuseIt('it is no file')
    if (found.size > limits.clientConfigCharsMax)
      return refuseIt(`it has more than ${limits.clientConfigCharsMax} bytes`)
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file))
  } catch (error) {
    return error instanceof TypeError
      ? refuseIt('it is not UTF-8 text')
      : refuseIt(`it cannot be read (${codeOf(error)})`)
  }
}

/** The text of a file an entry names; nothing when it cannot be read. */
export function readNamedText(file: string): string | undefined {
  const text = readConfigText(file)
  return typeof text === 'string' ? text : undefined
}
