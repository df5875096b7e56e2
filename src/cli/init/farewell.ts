/** What a person reads when `init` has written, or has taken everything back: what happened, and what comes next. */
import { join } from 'node:path'
import { count, visible } from '../shell/layout.ts'
import { shellWord } from '../shell/words.ts'
import { notYet } from './review.ts'
import { waitingTools } from './summary.ts'
import type { Undone } from './undoing.ts'
import type { Admitted } from './writing.ts'

interface Written {
  readonly folder: string
  readonly url: string
  /** Whether --output named the folder. */
  readonly isNamed: boolean
}

/** The next steps. Every line can be copied as it stands. */
export function afterwards(admitted: readonly Admitted[], { folder, url, isNamed }: Written): string {
  const [config, secrets] = [join(folder, 'sallyport.yaml'), join(folder, 'secrets.env')].map(shellWord)
  const waiting = waitingTools(admitted)
  const isShared = admitted.some(({ server }) => server.configured.some(({ scope }) => scope === 'project'))
  const lines = [
    `${count(admitted.length, 'server')} behind the gateway`,
    'next:',
    `  sallyport start --config ${config} --env-file ${secrets}${listening(url)}`,
    '  then start your clients again: without the gateway they reach none of these servers',
    ...(waiting === 0
      ? []
      : [
          `  ${count(waiting, 'tool')} need approval: ${notYet}; policies are in ${shellWord(join(folder, 'policies'))}`,
        ]),
    ...(isShared ? [`  files of the project read tokens from the environment: set -a; . ${secrets}; set +a`] : []),
    `take it back: sallyport init --undo${isNamed ? ` --output ${shellWord(folder)}` : ''}`,
  ]
  return `${lines.join('\n')}\n`
}

/** The options with which the gateway listens where the clients were told. */
function listening(url: string): string {
  const { hostname, port, protocol } = new URL(url)
  if (protocol !== 'http:' || !/^(127\.0\.0\.1|localhost)$/.test(hostname)) return ''
  const number = port === '' ? '80' : port
  return number === '7777' ? '' : ` --port ${number}`
}

const words: Readonly<Record<Undone['outcome'], string>> = {
  restored: 'is as it was',
  entries: 'was changed since; its servers are as they were, the rest stays',
  removed: 'is removed',
  gone: 'was gone already',
  kept: 'was changed since and stays',
}

/** What became of each file. */
export function undoneText(undone: readonly Undone[], isLetGo: boolean): string {
  if (undone.length === 0) return 'nothing had been changed; what an interrupted init left is removed\n'
  const lines = undone.map(({ file, outcome, reason, backup }) => {
    const said = reason === undefined ? words[outcome] : `stays: ${reason}`
    const before = backup === undefined || isLetGo ? '' : `; the text from before is in ${visible(backup)}`
    return `${visible(file)} ${said}${before}`
  })
  const isOpen = !isLetGo && undone.some(({ backup }) => backup !== undefined)
  const next = 'take over what you need from it, then: sallyport init --undo --keep'
  return `${[...lines, ...(isOpen ? [next] : [])].join('\n')}\n`
}
