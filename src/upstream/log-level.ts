/** Log levels of MCP (RFC 5424 severities), most verbose first, and which messages a level covers. */

const levels: readonly unknown[] = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']

/** True if `wanted` lets more through than `current`; no current level lets nothing through. */
export function isMoreVerbose(wanted: string, current: string | undefined): boolean {
  const index = levels.indexOf(wanted)
  return index !== -1 && (current === undefined || index < levels.indexOf(current))
}

/** True if a message of `level` is for a caller who asked for `wanted`. Without a wish everything is. */
export function coversLevel(wanted: string | undefined, level: unknown): boolean {
  return wanted === undefined || levels.indexOf(level) >= levels.indexOf(wanted)
}
