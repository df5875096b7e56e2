/** A call that an analysis made up, as people read it and as they can try it. */
import type { Call } from '../../policy/analysis/call.ts'
import { visible } from './layout.ts'

/** The call in one line: its tool, its arguments, and who makes it when where that matters. */
export function callText({ tool, args, context }: Call): string {
  const more = Object.keys(context).length === 0 ? '' : ` with ${JSON.stringify(context)}`
  return visible(`${tool} ${JSON.stringify(args)}${more}`)
}

/** The command that explains the call, on one line: it is there to be pasted. */
export function explainText(file: string, { tool, args, context }: Call): string {
  const more = Object.keys(context).length === 0 ? '' : ` --context ${quoted(JSON.stringify(context))}`
  const name = /^[\w./-]+$/.test(file) ? file : quoted(file)
  return visible(
    `  sallyport policy explain --policy ${name} --tool ${tool} --args ${quoted(JSON.stringify(args))}${more}`,
  )
}

/** Between single quotes of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
