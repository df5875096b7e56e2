/** One line on a terminal's standard error that says what is being looked at, and since when. Elsewhere: nothing. */
import { limits } from '../../limits.ts'
import { cut, visible } from '../shell/layout.ts'
import type { Shell } from '../shell/shell.ts'

export interface Progress {
  say(name: string, text: string): void
  done(name: string): void
  /** Takes the line away. */
  end(): void
}

const clearLine = '\r\u001b[2K'

/** The line for `total` servers. It is drawn anew every second, so that a slow start can be told from a dead one. */
export function progressLine({ terminal, clock }: Pick<Shell, 'terminal' | 'clock'>, total: number): Progress {
  if (!terminal.interactive || total === 0) return { say: () => undefined, done: () => undefined, end: () => undefined }
  const open = new Map<string, { text: string; sinceMs: number }>()
  let finished = 0
  const draw = () => {
    const now = clock.steadyMs()
    const each = [...open].map(
      ([name, { text, sinceMs }]) => `${visible(name)} ${text}, ${Math.floor((now - sinceMs) / 1000)} s`,
    )
    terminal.err(`${clearLine}${cut([`${finished} of ${total} looked at`, ...each].join('; '), terminal.columns - 1)}`)
  }
  let cancel: (() => void) | undefined
  const tick = () => {
    draw()
    cancel = clock.timer(limits.progressEveryMs, tick)
  }
  tick()
  return {
    say: (name, text) => {
      open.set(name, { text, sinceMs: open.get(name)?.sinceMs ?? clock.steadyMs() })
      draw()
    },
    done: name => {
      open.delete(name)
      finished += 1
      draw()
    },
    end: () => {
      cancel?.()
      terminal.err(clearLine)
    },
  }
}
