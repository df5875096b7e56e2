/** Questions to a person that an interrupt ends at once, with nothing changed: never a question nobody can leave. */
import { stop } from './exits.ts'
import type { Shell } from './shell.ts'

/** One line from the person; nothing when the input ended. A `Stop` when they interrupt. */
export async function ask(shell: Shell, question: string): Promise<string | undefined> {
  const interrupted = shell.interruption()
  refuseInterrupted(interrupted)
  try {
    return await shell.terminal.ask(question, interrupted)
  } catch (error) {
    refuseInterrupted(interrupted)
    throw error
  }
}

/** Throws the `Stop` of an interrupt, if there was one. */
export function refuseInterrupted(interrupted: AbortSignal): void {
  if (!interrupted.aborted) return
  throw stop('ERR_CLI_INTERRUPTED')
}
