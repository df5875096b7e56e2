/** A list of tools somebody named: a file, or standard input, in any of the forms `tools/list` answers come in. */
import type { ToolList } from '../../catalogue/classify/input.ts'
import { limits } from '../../limits.ts'
import { stop } from './exits.ts'
import { readTextFile } from './files.ts'
import type { Shell } from './shell.ts'

/** The definitions of `file`; `-` is standard input. A usage `Stop` when it holds no list of tools. */
export async function readToolList(shell: Shell, file: string): Promise<ToolList> {
  const text = file === '-' ? await readInput(shell) : readTextFile(file)
  const { toolListOf } = await import('../../catalogue/classify/input.ts')
  const list = toolListOf(await readValue(file, text))
  if (list === undefined) throw notAList(file, 'it is not a list of tools')
  return list
}

/** JSON of any depth that is worth reading; numbers stay what they are. */
async function readValue(file: string, text: string) {
  const { readLossless } = await import('../../wire/json.ts')
  const { Fault } = await import('../../errors.ts')
  try {
    return readLossless(text, limits.upstreamDepthMax)
  } catch (error) {
    if (error instanceof Fault) throw notAList(file, 'it is not JSON, or nested too deeply')
    throw error
  }
}

async function readInput(shell: Shell): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of shell.terminal.stdin) {
    parts.push(Buffer.from(part as Buffer))
    size += (part as Buffer).length
    if (size > limits.cliFileBytesMax) throw notAList('-', 'it is too large')
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The `Stop` for a file that does not hold what was asked of it. */
export function notAList(
  file: string,
  reason: string,
  remedy = 'give it what `tools/list` answers, or `server show NAME --json`',
) {
  return stop('ERR_CLI_FILE', { file: file === '-' ? 'standard input' : file, reason }, remedy)
}
