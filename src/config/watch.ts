/**
 * Watches the configuration files by looking at them, which also sees renames, mounts and links that change under
 * their name. A change is reported once the files have stood still for one look, so that a half-written file is
 * rarely read; one that is read half is refused like any other mistake.
 */
import { statSync } from 'node:fs'
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'

export interface FileWatch {
  /** Watches these from now on. Files that were not watched before are reported once: they may have changed since. */
  reset(files: readonly string[]): void
  stop(): void
}

/** Calls `onChange` after each change; never while an earlier call is still at work. */
export function watchFiles(clock: Clock, onChange: () => Promise<void>): FileWatch {
  let files: readonly string[] = []
  let known = ''
  let last = ''
  let isStopped = false
  let cancel: (() => void) | undefined
  const plan = () => {
    if (!isStopped) cancel = clock.timer(limits.configLookMs, () => void look())
  }
  const look = async () => {
    const now = signatureOf(files)
    const isStill = now === last
    last = now
    if (now !== known && isStill) {
      known = now
      await onChange()
    }
    plan()
  }
  plan()
  return {
    reset(next) {
      if (next.join('\n') === files.join('\n')) return
      files = next
      known = ''
      last = ''
    },
    stop() {
      isStopped = true
      cancel?.()
    },
  }
}

function signatureOf(files: readonly string[]): string {
  return files.map(signatureOfFile).join('|')
}

function signatureOfFile(file: string): string {
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    return found === undefined ? 'none' : `${found.ino}:${found.size}:${found.mtimeMs}:${found.ctimeMs}`
  } catch (error) {
    // A file that cannot even be looked at is in a state too: reading it will say why.
    return error instanceof Error ? error.message : 'unknown'
  }
}
