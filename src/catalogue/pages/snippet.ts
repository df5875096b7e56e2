/**
 * Policies as text: what a page offers to copy. Every one is a whole document in our own grammar, with a comment that says
 * what it is; tests load each of them. Names are data: the YAML writer quotes them where YAML would read anything else.
 */
import { stringify } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { showInvisible } from '../../wire/names.ts'

/** A document of our grammar with one entry of `tools`. */
export function oneTool(tool: string, entry: JsonObject, more: JsonObject = {}): JsonObject {
  // a computed key would set the prototype for a tool that is called `__proto__`
  return { version: '1', default: 'deny', ...more, tools: Object.fromEntries([[tool, entry]]) as JsonObject }
}

/** The document as YAML under its comment. */
export function policyText(document: JsonObject, ...comments: readonly string[]): string {
  const lines = comments.map(comment => `# ${oneLine(comment)}\n`)
  return `${lines.join('')}${block(document, '')}`
}

/** Blocks are laid out here, and only names and values go through the writer: a site holds some twenty thousand policies. */
function block(value: Json, indent: string): string {
  if (Array.isArray(value)) return (value as readonly Json[]).map(each => `${indent}- ${nested(each, indent)}`).join('')
  if (!isJsonObject(value)) return `${scalar(value)}\n`
  return Object.entries(value)
    .map(
      ([key, member]) =>
        `${indent}${scalar(key)}:${isEmpty(member) || !isBlock(member) ? ' ' : '\n'}${within(member, indent)}`,
    )
    .join('')
}

/** What stands behind a key. */
function within(member: Json, indent: string): string {
  if (isEmpty(member)) return `${Array.isArray(member) ? '[]' : '{}'}\n`
  return block(member, `${indent}  `)
}

/** What stands behind a dash: its first line on the line of the dash. */
function nested(item: Json, indent: string): string {
  return isBlock(item) && !isEmpty(item) ? block(item, `${indent}  `).trimStart() : within(item, indent)
}

function isBlock(value: Json): boolean {
  return Array.isArray(value) || isJsonObject(value)
}

function isEmpty(value: Json): boolean {
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0
}

const written = new Map<string, string>()
const writtenMax = 5_000

/** One name or value as YAML writes it; what would take several lines is quoted as JSON, which is YAML too. */
function scalar(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  const known = written.get(value)
  if (known !== undefined) return known
  const plain = stringify(value, { lineWidth: 0 }).trimEnd()
  const text = plain.includes('\n') || /^[|>]/.test(plain) ? JSON.stringify(value) : plain
  if (written.size >= writtenMax) written.clear()
  written.set(value, text)
  return text
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
