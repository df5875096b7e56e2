/** The form of `data/servers/<slug>.json`: one member a line, and of lists one item a line, so that a change shows. */

/** The text of a record. */
export function catalogueText(record: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(record).map(([key, value]) => ` ${JSON.stringify(key)}: ${valueText(value)}`)
  return `{\n${members.join(',\n')}\n}\n`
}

function valueText(value: unknown): string {
  const isLong = Array.isArray(value) && value.some(item => typeof item === 'object')
  return isLong ? `[\n${value.map(item => `  ${JSON.stringify(item)}`).join(',\n')}\n ]` : JSON.stringify(value)
}
