/**
 * Two words that mean another thing together than apart (`check out`, `dry run`, `force push`), by sense. Looked up
 * before single verbs, in names and in sentences. `none`: the pair is no action at all.
 */
import type { Sense } from './senses.ts'

const phrasesBySense: Readonly<Partial<Record<Sense | 'none', string>>> = {
  retrieve: `look up, look at, look for, find out, take screenshot, take snapshot, dry run, what if, health check,
    read only, test connection, search file`,
  compute: 'work out, figure out, break down',
  infer: 'chat completion, text completion, talk through',
  wait: 'wait for',
  session: `sign in, sign out, sign on, log in, log out, log on, log off, go to, go back, go forward, switch to, zoom in,
    zoom out, set context, set focus, set viewport, set active, set current, use database, use context,
    change directory, select project, select account, select organization, select workspace, start session,
    close session, end session, new session, stop session, open browser, close browser, new tab, close tab,
    switch tab, new page, close page, open page, handle dialog, step over, step into, step out, set breakpoint,
    add breakpoint, remove breakpoint, start recording, stop recording, start trace, stop trace, start tracing,
    stop tracing, start profiling, stop profiling, change window, set window, open tab`,
  act: `mouse move, mouse click, mouse down, mouse up, mouse drag, press key, fill form, fill in, fill out,
    select option, select dropdown, input text, long press, double click, double tap, right click, choose option, send key,
    type text, file upload`,
  keep: 'back up, write down, save as, dump to, save to, export to, take backup',
  make: `set up, sign up, spin up, stand up, check in, put together, log work, log call, log meeting, log expense, log hour, log entry, log interaction, log time, log activity, track time,
    make directory, clock in, clock out, punch in, punch out, bring up, make new, take note`,
  change: `check out, move to, turn into, sort out, mark as, mark read, mark unread, mark seen, mark done, fast forward, git pull, git push, git checkout, git reset,
    scale up, scale down, find replace, search replace, auto fix, edit file, str replace, replace text,
    replace string, replace line, replace in, replace regex, replace symbol, replace range, write cell,
    write range, apply edit, apply diff, apply patch, apply fix, replace content, replace body, cherry pick,
    time travel`,
  toggle: 'turn on, turn off, switch on, switch off, power on, power off, opt in, opt out',
  restore: 'roll back, bring back, switch back, move back, pop stash',
  link: `hook up, link to, add label, add tag, add reaction, add relation, add dependency, add link, add assignee,
    add watcher, add follower, add attendee`,
  unlink: `remove label, remove tag, remove reaction, remove relation, remove relationship, remove link,
    remove dependency, remove association, remove assignee, remove watcher, remove follower, remove star,
    remove pin, delete reaction, delete link, delete star`,
  grant: `let in, give access, grant access, add member, add collaborator, add user, add permission, share with,
    add role, add guest, assign role`,
  send: `reach out, make call, phone call, place call, call number, follow up, text message, send out, hand off,
    hand over, start chat, request human, escalate to, request review, request change, submit review, outbound call`,
  delete: 'tear down, clean up, wipe out, take down, get rid, throw away, do away, rm rf, factory reset, kill all',
  revoke: `kick out, lock out, take away, rotate key, rotate secret, rotate token, rotate credential, reset password,
    reset token, regenerate key, regenerate token, regenerate secret, roll key, remove member,
    remove collaborator, remove user, remove role, remove permission, remove access, remove guest,
    delete permission`,
  overwrite: 'force push, hard reset, replace all, replace entire, full replace, overwrite file',
  put: 'write to, write file, put object, put item',
  cancel: 'call off, back out',
  stop: 'shut down, close down, power down, hang up',
  reset: 'start over',
  merge: 'squash merge, merge into',
  remove: 'take out, cross out',
  run: `kick off, fire off, try out, set off, http request, api request, api call, send request, make request, raw request,
    raw query, curl request, graphql request, start job, start workflow, start build, start pipeline, start run,
    start crawl, start scan, start task, start process, start command, start agent, call tool, call function,
    call api, use tool, send command, start execution`,
  deploy: `roll out, go live, push live, apply manifest, apply migration, apply plan, terraform apply, kubectl apply,
    publish app, rollout undo`,
  install: 'npm install, pip install, add package, sideload app, sideload apk, sideload package',
  start: 'boot up, wake up, start up, fire up',
  restart: 'power cycle, rollout restart',
  pay: `top up, cash out, pay out, pay off, pay for, send payment, send money, make payment, send tip,
    capture payment, capture charge, capture authorization, write off, confirm payment, process payment, process refund, finalize invoice, issue refund,
    charge card, authorize payment, capture order, send gift`,
  trade: `buy back, sell off, market order, limit order, open position, close position, place bid, place bet,
    place trade, place order, add liquidity, remove liquidity, claim reward, set leverage, add collateral, exercise option, roll position, claim airdrop`,
  transfer: `send fund, send crypto, send eth, send sol, send btc, send bnb, send token, send nft, send coin,
    send transaction, move money, move fund, broadcast transaction, submit transaction, sign transaction,
    approve token, approve spender, set allowance, send native, wrap eth`,
  commit: `complete checkout, book flight, book hotel, book room, buy now, register domain, renew domain, upgrade plan,
    change plan, switch plan, rent number, boost post, promote post, add seat, add license`,
  manage: 'deal with, take care, look after, work with',
  perform: 'carry out',
  none: `next page, page token, request id, time out, order by, group by, sort by, filter by, based on, such as,
    in order, up to, close to, open source, pull request, merge request, post code, zip code, market data,
    order book, call graph, call stack, call hierarchy, block number, block height, block info, build status,
    build log, order history, test result, test case, test suite, set of, kind of, type of, type definition,
    process id, load balancer, check run, work item, status check, key value, key result, post process,
    stock market, key pair, private key, public key, api key, access key, block device, charge point,
    escape hatch, edit history, release note, change log, change request, change set, start time, end time, start date,
    end date, due date, sell side, buy side, read receipt, deposit address, run id, run log, run history,
    access token, trade history, transfer history, transaction history, file system`,
}

const phrases: ReadonlyMap<string, Sense | 'none'> = buildPhrases()

function buildPhrases(): ReadonlyMap<string, Sense | 'none'> {
  const found = new Map<string, Sense | 'none'>()
  for (const [sense, text] of Object.entries(phrasesBySense)) {
    for (const phrase of text.split(',')) {
      const words = phrase.trim().replace(/\s+/g, ' ')
      found.set(words, sense as Sense | 'none')
    }
  }
  return found
}

const starts: ReadonlySet<string> = new Set(Array.from(phrases.keys(), phrase => phrase.slice(0, phrase.indexOf(' '))))

/** Whether some phrase begins with this word. */
export function startsPhrase(word: string): boolean {
  return starts.has(word)
}

/** What two words mean as one action; `none` when they name a thing. Both in base form. */
export function phraseOf(first: string, second: string): Sense | 'none' | undefined {
  return phrases.get(`${first} ${second}`)
}
