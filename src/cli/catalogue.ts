/** `sallyport catalogue`: what servers and their tools can do, before a rule is written. */
import type { Command } from 'commander'
import { catalogueAttacksCommand } from './catalogue-attacks.ts'
import { catalogueBuildCommand } from './catalogue-build.ts'
import { catalogueClassifyCommand } from './catalogue-classify.ts'
import { catalogueDiffCommand } from './catalogue-diff.ts'
import { catalogueScanCommand } from './catalogue-scan.ts'
import { catalogueSearchCommand } from './catalogue-search.ts'
import { catalogueShowCommand } from './catalogue-show.ts'
import { group, type Shell } from './shell/shell.ts'

/** `catalogue search|show|scan|classify|diff|attacks|build`. */
export function catalogueCommand(shell: Shell): Command {
  return group(
    'catalogue',
    'what servers and their tools can do',
    [
      'sallyport catalogue show filesystem',
      'sallyport catalogue scan ~/.cursor/mcp.json',
      'sallyport catalogue attacks tool-poisoning',
    ],
    [
      catalogueSearchCommand(shell),
      catalogueShowCommand(shell),
      catalogueScanCommand(shell),
      catalogueClassifyCommand(shell),
      catalogueDiffCommand(shell),
      catalogueAttacksCommand(shell),
      catalogueBuildCommand(shell),
    ],
  )
}
