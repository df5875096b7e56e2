/**
 * Names and how they are compared. A tool name has a closed ASCII alphabet, so most Unicode questions never arise;
 * allow rules compare exact code points; deny rules compare folded text; people are shown text with nothing hidden in it.
 */

/** The alphabet of tool names (MCP 2025-11-25 server/tools, tool names), enforced on our side whatever a server lists. */
const toolNamePattern = /^[A-Za-z0-9_.-]{1,128}$/

/** True if `name` is in the alphabet of tool names. */
export function isToolName(name: string): boolean {
  return toolNamePattern.test(name)
}

const ascii = /^[\0-\x7f]*$/
const ignorable = /\p{Default_Ignorable_Code_Point}/gu

/**
 * Folds `text` for the comparison of a deny rule: NFKC, default-ignorable code points removed, full case folding. Two texts
 * that a lenient reader could take for the same fold to the same. Broad on purpose: never use it to allow.
 */
export function foldForDeny(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  return foldOnce(foldOnce(text))
}

/** Case folding can undo a composition and NFKC can bring upper case back, so one round is not always a fixed point. */
function foldOnce(text: string): string {
  const folded = text.normalize('NFKC').replace(ignorable, '').toUpperCase().toLowerCase()
  // toLowerCase picks the final form of sigma from its neighbours; a fold may not depend on them
  return folded.replaceAll('ς', 'σ').normalize('NFKC')
}

/** Controls, format characters (bidi, zero width, TAG), separators and blanks other than the space, surrogates, ignorables. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu

/**
 * Shows `text` to a person with nothing hidden: every invisible or direction-changing character becomes its JSON escape
 * (backslash, u, four hex digits per UTF-16 unit). Canonical JSON stays valid JSON of the same value.
 */
export function showInvisible(text: string): string {
  return text.replace(invisible, found => {
    let escaped = ''
    for (let i = 0; i < found.length; i++) escaped += `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`
    return escaped
  })
}
