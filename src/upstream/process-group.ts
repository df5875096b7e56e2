/**
 * Process groups of stdio servers. A server is started as the leader of its own group, so that what it forks can be
 * ended with it; the groups still alive are killed when the gateway's process exits. Not covered: a descendant that
 * makes a session of its own, and a gateway killed with SIGKILL (its servers then read the end of their input).
 */

const alive = new Set<number>()
let isWatching = false

/** Registers the group led by `pid` to be killed at exit. */
export function watchGroup(pid: number): void {
  alive.add(pid)
  if (isWatching) return
  isWatching = true
  process.once('exit', () => {
    for (const group of alive) signalGroup(group, 'SIGKILL')
  })
}

/** Kills what is left of a group whose leader has ended, and forgets it. */
export function reapGroup(pid: number): void {
  signalGroup(pid, 'SIGKILL')
  alive.delete(pid)
}

/** Sends a signal to every process of the group. False when none is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch (error) {
    // ESRCH: nobody left. EPERM: only processes of another user, which we cannot signal
    if (error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM')) return false
    throw error
  }
}
