/**
 * Answers that were compressed although `accept-encoding: identity` was sent: inflated up to a bound, never beyond
 * (A-015, decompression bomb). Streams are not inflated.
 */
import { brotliDecompress, gunzip, inflate as unzip } from 'node:zlib'

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'br' | 'unknown'

/** Reads a Content-Encoding header. Several codings at once are `unknown`. */
export function readEncoding(header: string): Encoding {
  const name = header.trim().toLowerCase()
  if (name === '' || name === 'identity') return 'identity'
  if (name === 'gzip' || name === 'x-gzip') return 'gzip'
  return name === 'deflate' || name === 'br' ? name : 'unknown'
}

/** Inflates off the event loop; `undefined` when the result would be larger than `bytesMax` or is damaged. */
export function inflate(
  body: Buffer,
  encoding: Encoding,
  bytesMax: number,
  done: (plain: Buffer | undefined) => void,
): void {
  const options = { maxOutputLength: bytesMax }
  const finish = (error: Error | null, plain: Buffer) => done(error === null ? plain : undefined)
  if (encoding === 'gzip') gunzip(body, options, finish)
  else if (encoding === 'br') brotliDecompress(body, options, finish)
  else unzip(body, options, finish)
}
