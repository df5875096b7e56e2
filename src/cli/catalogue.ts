/** `sallyport catalogue`: what servers and their tools can do, before a rule is written. */
import type { Command } from 'commander'
import { type CommandLoads, group, loadNamed, type Shell } from './shell/shell.ts'

const members: CommandLoads = {
  search: async shell => (await import('./catalogue-search.ts')).catalogueSearchCommand(shell),
  show: async shell => (await import('./catalogue-show.ts')).catalogueShowCommand(shell),
  scan: async shell => (await import('./catalogue-scan.ts')).catalogueScanCommand(shell),
  classify: async shell => (await import('./catalogue-classify.ts')).catalogueClassifyCommand(shell),
  diff: async shell => (await import('./catalogue-diff.ts')).catalogueDiffCommand(shell),
  attacks: async shell => (await import('./catalogue-attacks.ts')).catalogueAttacksCommand(shell),
  build: async shell => (await import('./catalogue-build.ts')).catalogueBuildCommand(shell),
}

/** `catalogue search|show|scan|classify|diff|attacks|build`: the one that `words` names, or all. */
export async function catalogueCommand(shell: Shell, words: readonly string[]): Promise<Command> {
  return group(
    'catalogue',
    'what servers and their tools can do',
    [
      'sallyport catalogue show filesystem',
      'sallyport catalogue scan ~/.cursor/mcp.json',
      'sallyport catalogue attacks tool-poisoning',
    ],
    await loadNamed(members, shell, words),
  )
}
