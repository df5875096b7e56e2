/** The page of coded errors, made from the catalogue in `src/errors.ts`. */
import { type ErrorCode, errorCodes, errorEntry } from '../src/errors.ts'
import { sectionsOf } from './page-sources.ts'

export const errorsPagePath = 'docs/reference/errors.md'

/** Renders the whole page. `source` is the text of `src/errors.ts`: its headings group the codes. */
export function renderErrorsPage(source: string): string {
  const codes = new Set<string>(errorCodes())
  const parts = [
    '# Coded errors',
    '',
    'Every refusal and every fault carries one of these codes. `message` is what the caller reads, with `{placeholders}`',
    'filled in; `cause` and `remedy` are for the operator. JSON-RPC codes of the gateway itself lie outside −32768…−32000;',
    'codes inside that range are those of JSON-RPC and MCP.',
    '',
    'Made from `src/errors.ts` by `npm run docs:errors`.',
    '',
  ]
  for (const section of sectionsOf(source, 'const catalogue = {')) {
    const members = section.members.filter(member => codes.has(member.name))
    parts.push(`## ${section.name}`, '', ...members.flatMap(member => entryLines(member.name as ErrorCode)))
  }
  return `${parts.join('\n').trimEnd()}\n`
}

function entryLines(code: ErrorCode): readonly string[] {
  const entry = errorEntry(code)
  return [
    `### ${code}`,
    '',
    `- HTTP status: ${entry.http}`,
    `- JSON-RPC code: ${entry.rpc}`,
    `- message: ${entry.message.replaceAll('\n', ' ')}`,
    `- cause: ${entry.cause}`,
    `- remedy: ${entry.remedy}`,
    '',
  ]
}
