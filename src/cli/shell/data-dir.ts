/** Where a gateway keeps its state when nobody says otherwise: the XDG data folder. */
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** `$XDG_DATA_HOME/sallyport`, else `~/.local/share/sallyport` (XDG Base Directory: relative values are ignored). */
export function defaultDataDir(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['XDG_DATA_HOME']
  const base = named !== undefined && isAbsolute(named) ? named : join(env['HOME'] ?? homedir(), '.local', 'share')
  return join(base, 'sallyport')
}
