/** What reading, making, changing, linking and sending come to, by their objects and setting. */
import { as, executes, gone, isMoney, type Meaning, money, read, type Seen, write } from './terms.ts'

/** Reads, with what is named like reading and is not. */
export function retrieved(seen: Seen): Meaning {
  const { verb } = seen.action
  if (seen.isBrowser && /^(?:select|choose|pick)$/.test(verb)) return write(0.75, 'Execute', 'f')
  if (verb === 'evaluate' && seen.says(...evaluated)) return executes(0.9)
  if (verb === 'request') return requested(seen)
  const isJudged = /^(?:rate|grade|score|review)$/.test(verb) && seen.says(...judged)
  if (isJudged) return write(0.8, 'Read')
  if (verb === 'report' && seen.first('entry')) return write(0.8, 'Read')
  if (verb === 'test' && seen.says('webhook')) return write(0.75, 'Execute')
  const isRun = seen.says('device', 'simulator', 'sim', 'emulator', 'suite', 'unit', 'e2e', 'integration')
  if (verb === 'test' && isRun && !seen.says('connection', 'connectivity', 'reachability', 'credential'))
    return executes(0.75, 'Read', 'd')
  const isAttack = seen.says(...attacking)
  if (/^(?:test|check|probe|verify|scan|audit)$/.test(verb) && isAttack) return executes(0.75, 'Read')
  if (verb === 'recall' && (seen.has('people') || seen.says('envelope', 'document'))) return gone(0.7, 'Write')
  const isInPlace =
    /^(?:sort|highlight)$/.test(verb) && seen.says('range', 'sheet', 'column', 'cell', 'text', 'paragraph')
  if (isInPlace) return write(0.75, 'Read')
  if (verb === 'print' && seen.says('printer', 'paper', 'copies', 'receipt')) return write(0.8, 'Read')
  if (verb === 'answer' && seen.says('buyer', 'customer', 'guest', 'shopper', 'publicly', 'reviewer'))
    return write(0.85)
  const isKept =
    verb === 'snapshot' &&
    !(seen.isBrowser || seen.says('page', 'screen', 'dom', 'accessibility', 'element', 'viewport', 'tab', 'state'))
  if (isKept) return write(0.85, 'Read')
  // what is fetched into a local project is written there
  const isLocal = seen.says('local') && seen.says('to', 'into') && !seen.says('list', 'search')
  return isLocal ? write(0.7, 'Read', 'h') : read
}

/** Asks a person or an office for something: data are only read, money and approvals are not. */
function requested(seen: Seen): Meaning {
  if (seen.says('refund', 'withdrawal', 'payout', 'loan', 'ride', 'reimbursement')) return money(0.75, 'Write')
  const isAsked = seen.first('access') || seen.first('money') || seen.says('money') || seen.says(...asked)
  return isAsked ? write(0.85, 'Read') : read
}

/** Computes, with formats and conversions that change something. */
export function computed(seen: Seen): Meaning {
  const { verb } = seen.action
  if (verb === 'format' && seen.says('disk', 'drive', 'partition', 'volume')) return gone(0.85)
  if (verb === 'format' && seen.says('range', 'cell', 'sheet', 'column', 'row')) return write(0.8, 'Read')
  if (verb === 'convert' && seen.says('balance', 'account', 'pocket', 'wallet', 'fund') && seen.has('asset'))
    return money(0.75, 'Read')
  if (/crypt$/.test(verb) && (seen.has('file') || seen.savesToPath)) return write(0.8)
  if (
    verb === 'convert' &&
    seen.says('lead', 'issue', 'ticket', 'task', 'subtask', 'draft', 'opportunity', 'trial', 'quote', 'prospect')
  )
    return write(0.8, 'Read')
  return read
}

/** Guideline rules (f) and (g): a live page is acted in, the tool's own session may count as reading. */
export function inSession(seen: Seen): Meaning {
  if (seen.isBrowser) return write(0.75, 'Execute', 'f')
  if (seen.action.verb === 'open') {
    if (seen.says('position', 'trade') && (isMoney(seen) || seen.says('long', 'short', 'leverage', 'margin')))
      return money(0.9, 'Write')
    if (seen.first('barrier') || (seen.has('entry') && !seen.has('host') && !seen.has('file'))) return write(0.9)
  }
  if (seen.action.verb === 'forward' && seen.has('people')) return write(0.9)
  if (seen.action.verb === 'continue' && seen.has('job')) return executes(0.75, 'Write', 'd')
  if (
    seen.action.verb === 'initialize' &&
    seen.says('directory', 'project', 'repository', 'repo', 'workspace', 'database')
  )
    return write(0.75, 'Execute')
  const isPlainOpen =
    seen.action.verb === 'open' &&
    !seen.has('session') &&
    !seen.has('host') &&
    !seen.has('file') &&
    !seen.says('app', 'application')
  return isPlainOpen ? as('Read', 0.75, 'Write') : write(0.65, 'Read', 'g')
}

/** Words of markets that are used of other things: vouchers are redeemed, access tokens minted. */
export function traded(seen: Seen): Meaning | undefined {
  if (seen.action.verb === 'redeem' && seen.has('catalogue')) return write(0.8, 'Financial')
  const isAmbiguous = /^(?:swap|bridge|burn|stake|unstake|mint|exercise|trade|exchange|short|cover)$/.test(
    seen.action.verb,
  )
  if (isAmbiguous && !isMoney(seen) && !seen.has('asset') && !seen.isMarket && !seen.says('fiat', 'validator', 'pool'))
    return write(0.75, 'Financial')
  const isCredential = seen.says(
    'short-lived',
    'access',
    'role',
    'api',
    'auth',
    'jwt',
    'session',
    'scoped',
    'credential',
  )
  return seen.action.verb === 'mint' && isCredential ? write(0.8, 'Read') : undefined
}

/** On and off again; resuming a job runs it. */
export function toggled(seen: Seen): Meaning {
  if (seen.first('session')) return write(0.75, 'Read', 'g')
  return seen.action.verb === 'resume' && (seen.has('job') || seen.says('operation'))
    ? executes(0.75, 'Write', 'd')
    : write(0.9)
}

/** Sends messages, money or input to a process. */
export function sent(seen: Seen): Meaning {
  if (isMoney(seen)) return money(0.85, 'Write')
  if (seen.has('model') && seen.says('request', 'completion', 'prompt')) return as('Read', 0.8, 'Execute', 'i')
  return seen.says('pty', 'terminal', 'repl', 'shell', 'stdin', 'process', 'console')
    ? executes(0.8, 'Write')
    : write(0.9)
}

/** Makes text or media: the answer, unless it is saved or is a credential. */
export function produced(seen: Seen): Meaning {
  if (seen.first('secret')) return write(0.85)
  if (seen.savesToPath) return write(0.7, 'Read', 'h')
  const isPlaced = seen.says(...placed)
  if (isPlaced && !seen.says('return', 'returns', 'image')) return write(0.7, 'Read')
  if (seen.has('model')) return as('Read', 0.85, 'Execute', 'i')
  return as('Read', seen.has('text') ? 0.85 : 0.7, 'Write')
}

/** Guideline rule (h): saving is writing, exporting may be either. */
export function kept(seen: Seen): Meaning {
  if (seen.first('money') && !seen.isTentative) return money(0.7, 'Write')
  const isFetch = /^(?:export|download|dump|screencast|take)/.test(seen.action.verb)
  if (!isFetch) return write(0.85)
  return seen.savesToPath ? write(0.85, 'Read', 'h') : as('Read', 0.75, 'Write', 'h')
}

/** Creates: entries are Write, payments and orders move money, a created run executes. */
export function made(seen: Seen): Meaning {
  if (seen.isPure && seen.first('value')) return as('Read', 0.75, 'Write')
  if (seen.isFeed && seen.says('subscription', 'subscriptions')) return write(0.85, 'Financial')
  const isTentative = seen.isTentative || seen.first('tentative')
  const isOrder =
    seen.says('order') && (seen.isMarket || seen.says('buy', 'sell', 'limit', 'market', 'stop', 'trade', 'purchase'))
  if (isOrder && !isTentative) return money(0.85, 'Write')
  if (seen.first('money') && !seen.has('catalogue'))
    return isTentative ? write(0.85, 'Financial') : money(0.85, 'Write')
  if (seen.first('asset') && (seen.isMarket || seen.hasAmount) && !seen.has('catalogue') && !isTentative)
    return money(seen.says('order', 'trade', 'position', 'transfer') ? 0.85 : 0.6, 'Write')
  if (seen.action.verb === 'submit' && seen.first('job')) return executes(0.8, 'Write', 'd')
  if (/^(?:enqueue|queue|submit)$/.test(seen.action.verb) && seen.says('command', 'job', 'script', 'build', 'run'))
    return executes(0.8, 'Write', 'd')
  if (seen.first('job') && seen.says('run', 'execution') && !seen.says('schedule')) return executes(0.65, 'Write', 'd')
  if (seen.first('session') && seen.isBrowser) return write(0.8, 'Read', 'g')
  if (seen.first('model') && seen.says('completion', 'embedding', 'transcription', 'translation', 'moderation'))
    return as('Read', 0.8, 'Execute', 'i')
  return write(0.9)
}

/** Changes: with the homonyms that revoke, pay or only read. */
export function changed(seen: Seen): Meaning {
  const { verb } = seen.action
  if (verb === 'rotate' || verb === 'regenerate')
    return seen.has('secret') ? gone(0.8, 'Write', 'c') : write(0.8, 'Read')
  if (verb === 'resolve') return seen.says(...resolved) ? write(0.85) : as('Read', 0.8, 'Write')
  if (/^(?:accept|sign)$/.test(verb) && seen.says('offer', 'contract', 'agreement', 'lease', 'document', 'envelope'))
    return money(0.7, 'Write')
  if (seen.says('salary', 'wage', 'compensation')) return money(0.7, 'Write')
  if (seen.isMarket && seen.says('order', 'position', 'stop-loss', 'stop', 'leverage') && !seen.says('mode'))
    return money(0.75, 'Write')
  if (verb === 'rebalance' && seen.says('portfolio', 'holding', 'account')) return money(0.8, 'Write')
  if (verb === 'drain' && seen.says('queue', 'topic', 'message', 'backlog', 'buffer', 'stream'))
    return gone(0.8, 'Write')
  if (verb === 'confirm')
    return isMoney(seen) || seen.says('booking', 'reservation', 'order', 'purchase', 'ride', 'trip')
      ? money(0.85, 'Write')
      : write(0.7, 'Read')
  if (verb === 'pull') return seen.says('data', 'report', 'metric', 'record', 'stat') ? read : write(0.75, 'Read')
  if (verb === 'sign' && seen.says('transaction', 'message', 'typed')) return money(0.75, 'Execute')
  const isDeal = seen.says(...deals) || (isMoney(seen) && seen.isMarket)
  if (/^(?:approve|accept|release|complete|finish|finalize)$/.test(verb) && isDeal) return money(0.85, 'Write')
  if (verb === 'checkout')
    return seen.says('cart', 'order', 'payment', 'purchase', 'shop', 'basket')
      ? money(0.85, 'Write')
      : write(0.85, 'Financial')
  if (verb === 'extend' || verb === 'renew')
    return seen.says('domain', 'license', 'subscription', 'membership') ? money(0.8, 'Write') : write(0.85)
  if (seen.first('access') && seen.says('role', 'permission', 'access', 'member'))
    return write(0.85, 'Destructive', 'c')
  if (seen.first('session') && !seen.has('document')) return write(0.75, 'Read', 'g')
  if (seen.has('bulk') && seen.says('filter', 'where', 'matching')) return gone(0.75, 'Write', 'b')
  return seen.first('money') && !seen.has('catalogue') ? write(0.8, 'Financial') : write(0.9)
}

/** Links and applies: manifests reach a live system. */
export function linked(seen: Seen): Meaning {
  if (seen.action.verb !== 'apply') return write(0.9)
  if (seen.says('loan', 'mortgage')) return money(0.75, 'Write')
  if (seen.says('manifest', 'terraform', 'migration', 'infrastructure', 'resource', 'yaml'))
    return write(0.8, 'Execute', 'd')
  return write(0.85)
}

const evaluated = 'javascript js script expression code browser page cell snippet python kernel statement'.split(' ')
const judged = 'star meal driver seller buyer restaurant trip host guest ride submission student courier'.split(' ')
const attacking = 'exploit injection payload bruteforce brute-force wordlist attack'.split(' ')
const asked =
  'approval review reviewer change leave vacation return pickup delivery callback deletion signature extension transfer takedown cancellation certificate feedback help support connection'.split(
    ' ',
  )
const placed = 'mesh cube layer scene shape wall material curve canvas slide sheet'.split(' ')
const resolved =
  'thread comment issue conflict incident alert discussion ticket dispute conversation bug problem finding error vulnerability alarm violation case'.split(
    ' ',
  )
const deals =
  'payment payout refund purchase checkout withdrawal bid payroll escrow invoice bill settlement reimbursement chargeback'.split(
    ' ',
  )
