/**
 * Newline-delimited messages of an MCP client on standard input, as bytes (MCP 2026-07-28, basic/transports/stdio).
 * A line over the limit is dropped while it arrives and reported as `undefined`, so that memory stays bounded.
 */

const lineFeed = 0x0a

/** The lines of a stream without their line ends; `undefined` for one of more than `bytesMax` bytes; blank ones skipped. */
export async function* readLines(
  input: AsyncIterable<Uint8Array | string>,
  bytesMax: number,
): AsyncGenerator<Buffer | undefined> {
  let parts: Buffer[] = []
  let held = 0
  let dropping = false
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk)
    let start = 0
    while (start < bytes.length) {
      const end = bytes.indexOf(lineFeed, start)
      const part = bytes.subarray(start, end < 0 ? bytes.length : end)
      held += part.length
      if (held > bytesMax) {
        dropping = true
        parts = []
      } else parts.push(part)
      if (end < 0) break
      if (dropping) yield undefined
      else if (held > 0) yield Buffer.concat(parts)
      parts = []
      held = 0
      dropping = false
      start = end + 1
    }
  }
  // A last line without a line end is a whole message all the same: pipes from `echo -n` end like this.
  if (!dropping && held > 0) yield Buffer.concat(parts)
}
