/**
 * Verbs by sense: the vocabulary of English and of programming interfaces, in base form. A word with `~` is more often a
 * noun in names (`order`, `report`, `release`): it counts as a verb only where grammar says so. General vocabulary, not
 * a list of tools: nothing here names a product.
 */
import { american } from '../text.ts'
import type { Sense } from './senses.ts'

const verbsBySense: Readonly<Record<Sense, string>> = {
  retrieve: `track~ determine get list read fetch find search query~ lookup look view~ show describe inspect check~ count~ retrieve browse
    explore explain enumerate discover locate detect identify peek head~ stat~ stats~ status~ info~ details~
    history~ overview~ summary~ help~ whoami tail~ watch~ monitor~ observe poll~ trace~ probe ping ls cat~ pwd dir~
    du df ps top~ grep glob~ ripgrep rg preview~ display present~ recall return obtain access~ scan~ audit~
    diagnose troubleshoot debug~ profile~ screenshot~ capture~ crawl scrape sniff collect gather aggregate~ filter~
    sort~ select~ pick choose~ recommend suggest advise guide~ instruct teach introspect survey~ verify validate
    lint test~ diff~ compare match~ expand~ unfurl walk~ traverse listen consult reveal report~ highlight~ measure
    review~ assess tell answer~ summarize recognize ocr transcribe  see know provide
    offer~ give supply serve~ echo~ greet cite quote~ translate localize examine analyze interpret
    visualize render~ chart~ plot~ graph~ dump~ print~ is~ has~ exists~ contains~ are~ can~ does~ benchmark~
    qualify investigate research~ evaluate~ grade~ score~ rank~ rate~ classify categorise geocode reverse
    surface~ demonstrate outline~ learn~ inform deduce ascertain quantify paginate iterate perceive notice weigh
    contrast scout sample~ request~ spot~ trending meter~ tabulate itemize reference~ assemble snapshot~
    hello~ overviews log~`,
  compute: `snap~ rerank simplify calculate compute estimate~ predict forecast~ simulate convert parse encode decode format~ normalize
    extract tokenize solve derive reason think~ plan~ infer project~ sum~ average~ round~ multiply divide
    subtract compile~ prettify beautify minify escape unescape stringify deserialize serialize sanitize
    redact~ interpolate extrapolate correlate cluster~ embed~ vectorize backtest~ decompile disassemble deobfuscate
    model~ tally encrypt decrypt`,
  infer: 'chat~ prompt~ converse brainstorm ask debate~ ideate critique~',
  produce: `generate draw compose~ design~ synthesize produce presign scaffold~ sketch~ illustrate animate narrate
    upscale remix paint~ template~ mock~ codegen imagine~ devise craft~ formulate storyboard~`,
  wait: 'wait sleep~ delay~ await idle~',
  session: `focus~ open~ switch~ navigate goto go visit~ connect disconnect login logout signin signout authenticate resize
    maximize minimize zoom~ use~ load~ mount~ initialize init~ breakpoint~ step~
    reload~ refresh~ continue emulate back~ forward~ enter~`,
  act: `click~ dblclick doubleclick tap~ press~ type~ fill~ hover~ drag~ swipe~ scroll~ keypress keydown keyup key~
    mouse~ touch~ pinch~ longpress`,
  keep: `save store~ export download record~ backup~ persist cache~ checkpoint~ memoize remember memorize note~
    bookmark~ screencast~ stash~ retain`,
  make: `create add insert draft~ make new~ build~ register enroll allocate provision spawn clone fork~ duplicate copy
    import sideload upload ingest append prepend push enqueue queue~ schedule~ define declare introduce establish mkdir
    seed~ populate bootstrap~ stage~ branch~ found instantiate commit~ commission~ submit file~ raise~ emit host~
    contribute setup configure onboard invent form~ attach place~ vend procreate reproduce replicate initiate
    mirror~ author~ dispute~ award~ issue~ launchpad`,
  change: `enhance deny pull~ confirm~ update edit modify change~ alter patch~ amend adjust set customize rename move~ reorder relocate
    rearrange tweak tune~ improve optimize fix~ repair resolve refactor substitute increment decrement
    increase decrease bump~ scale~ upgrade~ downgrade~ migrate transition~ advance~ progress~ complete~ finish finalize mark~
    flag~ label~ snooze~ reschedule postpone defer escalate reassign approve reject decline accept acknowledge ack~
    vote~ upvote downvote react like~ dislike star~ pin~ favorite~ follow~ annotate enrich sync~
    synchronize invalidate reindex rebalance cordon uncordon drain~ taint~ checkout~ bisect align
    arrange style~ color~ position~ group~ ungroup flatten layout~ autofill calibrate moderate dim~ turn~ unmute
    mute~ play pause skip~ seek~ shuffle~ archive unarchive hide unhide collapse~ park~ steer correct~ sign~
    endorse vouch nudge~ evolve deduplicate dedupe rescan renew extend claim~ assume prioritize rewrite
    supersede compress~ zip~ unzip transcode rollover release~ rotate regenerate crop~ trim~
    transform~ bind~ cherrypick tag~ stitch splice rekey shift~ reconcile recalculate  refine~ reformat
    rebrand retitle retag redirect~ rewire reposition restyle revise~ adapt~ personalize untrack manipulate remap
    override~ bypass~ downscale fulfill extrude bevel subdivide sculpt bake~ rig~ fillet~ chamfer~ weld impersonate countersign notarize restock reprice`,
  toggle: `unprotect protect seal~ toggle~ enable disable activate deactivate suspend resume freeze~ unfreeze lock~ unlock hold~ unhold arm~
    disarm quarantine~ isolate publish unpublish expose silence~ unsilence power~ opt`,
  restore: 'restore revert undo redo rollback recover undelete untrash reinstate reactivate reopen unsnooze',
  link: `link~ assign associate relate apply join~ enlist pair~ couple mention~ nest parent~ subscribe affix
    tie~`,
  unlink: `unapprove detach unlink unassign dissociate disassociate unsubscribe unfollow unstar unpin untag unlabel unwatch unmap
    unlike unreact unvote unbind unfavorite unset unmark unflag leave~ dequeue unmount dismiss unlist
    deselect unselect eject unpair uncouple ignore~ unmerge`,
  grant: 'grant~ share~ invite authorize allow permit~ entitle delegate~ whitelist~ allowlist~ trust~',
  send: `send reply signal~ post~ comment~ email~ mail~ message~ notify tweet~ announce broadcast~ dm~ sms~ dial~ ring~ fax~ respond
    remind contact~ alert~ distribute syndicate advertise crosspost retweet repost toot~ whisper speak say~`,
  delete: `delete destroy drop~ purge erase wipe~ trash~ obliterate expunge rmdir rm del truncate prune uninstall
    unregister deregister teardown evict decommission dispose shred~ discard annihilate eliminate deprovision
    unprovision gc nuke~ terminate expire scrub~ forget repartition deallocate cull undeploy abandon dropdb delist unsend nullify`,
  revoke: `revoke  ban~ block~ kick~ blacklist~ blocklist~ deauthorize expel uninvite offboard unshare
    disown lockout`,
  overwrite: 'overwrite replace forcepush clobber supplant',
  put: 'put upsert write',
  cancel: 'cancel abort void~ rescind retract annul',
  stop: 'stop~ kill~ halt~ shutdown~ quit~ exit~ end~ hangup interrupt~ poweroff hibernate',
  reset: `reset~ reinitialize recreate rebuild~ reimage reinstall rebase~ squash~ clean~ cleanup~ empty~
    flush~ compact~ reseed vacuum~ defragment`,
  merge: 'merge~ consolidate combine~ fold~',
  close: 'close~',
  remove: 'remove exclude strip~ removal~',
  clear: 'clear~',
  run: `eval~ run~ execute exec~ call~ invoke trigger~ dispatch~ rerun retry~ replay~ promote launch~ fire~ orchestrate
    automate fuzz~ train~ finetune process~ operate drive~ control~ command~ script~ shell~ bash~ terminal~ zsh~
    powershell~ cmd~ sudo~ python~ repl~ sql~ exploit~ attack~ bruteforce crack~ hunt~ execution~ mutate mutation~`,
  deploy: 'deploy redeploy rollout~ ship~ deployment~',
  install: 'install npm~ pip~ apt~ brew~ helm~',
  start: 'start~ begin boot~ wake~ kickoff',
  restart: 'restart~ reboot~ respawn bounce~ recycle~',
  pay: `pay charge~ refund~ payout~ reimburse remit tip~ donate settle~ cashout disburse topup recharge compensate
    prepay overpay invoice~ fund~ sponsor~`,
  trade: `trade~ buy~ sell~ purchase~ bid~ stake~ unstake mint~ burn~ lend borrow repay liquidate swap~ bridge~ 
    hedge~ invest redeem exchange~ wager~ bet~ hodl exercise~`,
  transfer: 'transfer~ withdraw deposit~ wire~ airdrop~',
  commit: 'order~ book~ reserve~ rent~ hire~ lease~ preorder',
  manage: 'manage administer handle~ maintain govern work~ interact organize curate crud coordinate supervise',
  perform: 'perform conduct carry undertake facilitate do',
}

/** One verb: its sense, and whether the word is a noun more often than not. */
export interface Verb {
  readonly word: string
  readonly sense: Sense
  readonly isNounLike: boolean
}

const verbs: ReadonlyMap<string, Verb> = buildVerbs()

function buildVerbs(): ReadonlyMap<string, Verb> {
  const found = new Map<string, Verb>()
  for (const [sense, text] of Object.entries(verbsBySense)) {
    for (const raw of text.split(/\s+/)) {
      const isNounLike = raw.endsWith('~')
      const word = isNounLike ? raw.slice(0, -1) : raw
      if (word !== '') found.set(word, { word, sense: sense as Sense, isNounLike })
    }
  }
  return found
}

/** Words with `un` that only say how something is. */
const statesOnly = new Set(['unread', 'unused', 'unlike', 'unsure', 'unset', 'unplan', 'unschedule', 'unspend'])

/** The verb a base form is, if it is one; `re…` of a verb means the same as the verb (`resend`,
 * `reconnect`), `un…` of one puts back what it did (`unblock`). */
export function verbOf(word: string): Verb | undefined {
  const known = verbs.get(word) ?? verbs.get(american(word))
  if (known === undefined && word.startsWith('un') && !statesOnly.has(word)) {
    const undone = verbs.get(american(word.slice(2)))
    if (undone !== undefined) return { word, sense: 'restore', isNounLike: false }
  }
  return known ?? (word.startsWith('re') ? verbs.get(american(word.slice(word.charAt(2) === '-' ? 3 : 2))) : undefined)
}

/** The verb a noun of action comes from: `deletion`, `closure`, `withdrawal`, `deployment`; nothing for other nouns. */
export function nominalOf(word: string): Verb | undefined {
  for (const [ending, replacements] of nominalEndings) {
    if (!word.endsWith(ending) || word.length < ending.length + 3) continue
    const stem = word.slice(0, -ending.length)
    for (const each of replacements) {
      const verb = verbs.get(stem + each)
      if (verb !== undefined) return verb
    }
  }
  return undefined
}

const nominalEndings: readonly (readonly [string, readonly string[]])[] = [
  ['ification', ['ify']],
  ['lation', ['late', '', 'l']],
  ['ation', ['ate', 'e', '']],
  ['mission', ['mit']],
  ['sion', ['d', 'de']],
  ['ion', ['e', '']],
  ['al', ['', 'e']],
  ['ure', ['e', '']],
  ['ment', ['']],
]
