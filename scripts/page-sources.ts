/**
 * Reads what the generated pages are made of: the headings and comments of `src/errors.ts` and `src/limits.ts`, and
 * the titles of tests. Works on source text, so that a page can say what the values alone do not.
 */

/** One `// -- name ---` heading of a source with the members that follow it. */
export interface Section {
  readonly name: string
  readonly members: readonly Member[]
}

/** A member of the object under the headings, with the doc comment before it. */
export interface Member {
  readonly name: string
  readonly comment: string
}

/** The sections between `open` (a line, such as `export const limits = {`) and the end of that object. */
export function sectionsOf(text: string, open: string): readonly Section[] {
  const start = text.indexOf(open)
  if (start < 0) throw new Error(`no line \`${open}\``)
  const sections: { name: string; members: Member[] }[] = []
  let comment: string[] = []
  let shared = ''
  for (const line of text.slice(start).split('\n').slice(1)) {
    if (line.startsWith('}')) break
    const heading = /^ {2}\/\/ -- (.+?) -+$/.exec(line)
    const member = /^ {2}([A-Za-z_]\w*)[:,]/.exec(line)
    const words = /^ {2}(?:\/\*\*| \*) ?(.*?)(?:\s*\*\/)?$/.exec(line)
    if (heading !== null) sections.push({ name: heading[1] ?? '', members: [] })
    else if (member !== null) {
      if (sections.length === 0) sections.push({ name: 'general', members: [] })
      // members side by side share the comment above them
      if (comment.length > 0) shared = comment.join(' ').trim()
      sections.at(-1)?.members.push({ name: member[1] ?? '', comment: shared })
      comment = []
    } else if (words !== null) comment.push(words[1] ?? '')
  }
  return sections.filter(section => section.members.length > 0)
}

/**
 * Titles of tests that start with the id of an adversarial case (`A-005 …`), in the order of the source. What a table of
 * inputs fills in is shown as `…`.
 */
export function caseTitlesOf(text: string): readonly string[] {
  const titles: string[] = []
  for (const match of text.matchAll(/\(\s*(['"`])(A-\d{3}\s(?:\\.|(?!\1)[^\\])*)\1/g)) {
    const title = (match[2] ?? '').replace(/\\(['"`\\])/g, '$1')
    titles.push(title.replaceAll(/%[a-z]|\$\{[^}]*\}/g, '…').trim())
  }
  return titles
}

/** A value inside a Markdown table cell. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
