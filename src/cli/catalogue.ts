/** `sallyport catalogue`: what servers and their tools can do, before a rule is written. */
import type { Command } from 'commander'
import { catalogueAttacksCommand } from './catalogue-attacks.ts'
import { catalogueBuildCommand } from './catalogue-build.ts'
import { catalogueClassifyCommand } from './catalogue-classify.ts'
import { catalogueScanCommand } from './catalogue-scan.ts'
import { group, type Shell } from './shell/shell.ts'

/** `catalogue scan|classify|attacks|build`. */
export function catalogueCommand(shell: Shell): Command {
  return group(
    'catalogue',
    'what servers and their tools can do',
    ['sallyport catalogue scan ~/.cursor/mcp.json', 'sallyport catalogue attacks tool-poisoning'],
    [
      catalogueScanCommand(shell),
      catalogueClassifyCommand(shell),
      catalogueAttacksCommand(shell),
      catalogueBuildCommand(shell),
    ],
  )
}
