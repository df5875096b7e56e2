/** `sallyport demo`: the whole thing at work, with real servers and a real client, on this machine. */
import type { Command } from 'commander'
import { command, type Shell } from './shell/shell.ts'

interface DemoOptions {
  readonly keep?: boolean
  readonly json?: boolean
}

/** `demo`. */
export function demoCommand(shell: Shell): Command {
  return command('demo', 'see it work: real servers, a real client, ten calls', [
    'sallyport demo',
    'sallyport demo --keep',
  ])
    .option('--keep', 'leave the gateway and its servers running afterwards')
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import('../demo/run.ts')
      await runDemo(shell, options)
    })
}
