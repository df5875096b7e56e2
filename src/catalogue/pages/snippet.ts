/**
 * Policies as text: what a page offers to copy. Every one is a whole document in our own grammar, with a comment that says
 * what it is; tests load each of them. Names are data: the YAML writer quotes them where YAML would read anything else.
 */
import { stringify } from 'yaml'
import type { JsonObject } from '../../wire/json-types.ts'
import { showInvisible } from '../../wire/names.ts'

/** A document of our grammar with one entry of `tools`. */
export function oneTool(tool: string, entry: JsonObject, more: JsonObject = {}): JsonObject {
  // a computed key would set the prototype for a tool that is called `__proto__`
  return { version: '1', default: 'deny', ...more, tools: Object.fromEntries([[tool, entry]]) as JsonObject }
}

/** The document as YAML under its comment. */
export function policyText(document: JsonObject, ...comments: readonly string[]): string {
  const lines = comments.map(comment => `# ${oneLine(comment)}\n`)
  return `${lines.join('')}${stringify(document, { lineWidth: 0, collectionStyle: 'any', singleQuote: false, flowCollectionPadding: true })}`
}

const oneLine = (text: string): string => showInvisible(text.replaceAll(/\s+/g, ' ')).trim()

/** A path to a member of the arguments: plain where the name allows it, else quoted. */
export function argumentPath(name: string, suffix = ''): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `args.${name}${suffix}` : `args[${JSON.stringify(name)}]${suffix}`
}

/** `30/minute` in words. */
export function paceWords(pace: string): string {
  const [max = '', window = ''] = pace.split('/')
  const article = window === 'hour' ? 'an' : 'a'
  return `${max === '1' ? 'one call' : `${max} calls`} ${article} ${window}`
}
