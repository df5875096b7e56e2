/** What turns one long text back into an earlier one: the parts that were another, found word by word. Lossless. */

/** After `skip` UTF-16 units that are the same, `put` stands instead of the next `drop` units. */
export type Splice = readonly [skip: number, drop: number, put: string]

/** Texts are compared word by word up to so many words that differ on each side; beyond that, as one part. */
const wordsMax = 2_000
/** A part in common that is shorter costs more to skip than to repeat. */
const commonCharsMin = 12

/** The splices that make `before` of `after`, in order, each counted from where the one before it ended. */
export function splicesBetween(before: string, after: string): readonly Splice[] {
  const [old, now] = [wordsOf(before), wordsOf(after)]
  const most = Math.min(old.length, now.length)
  let start = 0
  while (start < most && old[start] === now[start]) start += 1
  let end = 0
  while (end < most - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  const [oldMiddle, nowMiddle] = [old.slice(start, old.length - end), now.slice(start, now.length - end)]
  const parts =
    Math.max(oldMiddle.length, nowMiddle.length) > wordsMax
      ? [{ isSame: false, before: oldMiddle.join(''), after: nowMiddle.join('') }]
      : joined(aligned(oldMiddle, nowMiddle))
  const splices: Splice[] = []
  let skip = now.slice(0, start).join('').length
  for (const part of parts) {
    if (part.isSame) skip += part.after.length
    else {
      splices.push([skip, part.after.length, part.before])
      skip = 0
    }
  }
  return splices
}

/** `after` with the splices carried out. */
export function spliced(after: string, splices: readonly Splice[]): string {
  let [at, text] = [0, '']
  for (const [skip, drop, put] of splices) {
    text += after.slice(at, at + skip) + put
    at += skip + drop
  }
  return text + after.slice(at)
}

interface Part {
  readonly isSame: boolean
  readonly before: string
  readonly after: string
}

/** Words with the white space behind them, so that they join to the text. A pair of surrogates is never parted. */
function wordsOf(text: string): readonly string[] {
  return text.match(/\s+|[^\s]+\s?/g) ?? []
}

/** A longest common subsequence, as parts of one word each. */
function aligned(before: readonly string[], after: readonly string[]): readonly Part[] {
  const width = after.length + 1
  const lengths = new Uint16Array((before.length + 1) * width)
  const lengthAt = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] =
        before[i] === after[j] ? lengthAt(i + 1, j + 1) + 1 : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1))
  const parts: Part[] = []
  for (let [i, j] = [0, 0]; i < before.length || j < after.length; ) {
    const [old = '', now = ''] = [before[i], after[j]]
    if (i < before.length && old === now) {
      parts.push({ isSame: true, before: old, after: now })
      i += 1
      j += 1
    } else if (j >= after.length || (i < before.length && lengthAt(i + 1, j) >= lengthAt(i, j + 1))) {
      parts.push({ isSame: false, before: old, after: '' })
      i += 1
    } else {
      parts.push({ isSame: false, before: '', after: now })
      j += 1
    }
  }
  return parts
}

/** Neighbours of one kind as one part; what is in common and short counts as different. */
function joined(parts: readonly Part[]): readonly Part[] {
  const runs = merged(parts)
  const kept = runs.map(run => (run.isSame && run.after.length < commonCharsMin ? { ...run, isSame: false } : run))
  return merged(kept)
}

function merged(parts: readonly Part[]): readonly Part[] {
  const runs: Part[] = []
  for (const part of parts) {
    const last = runs.at(-1)
    if (last === undefined || last.isSame !== part.isSame) runs.push(part)
    else
      runs[runs.length - 1] = {
        isSame: part.isSame,
        before: last.before + part.before,
        after: last.after + part.after,
      }
  }
  return runs
}
