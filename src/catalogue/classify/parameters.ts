/**
 * What parameters are for: paths, addresses, credentials, amounts, recipients, lists of targets, choices of action. Each
 * reader looks at the name of a parameter first and at its description only to tell homonyms apart.
 */
import type { Parameter, Subject } from './subject.ts'

const pathNames =
  /^(?:(?:local|absolute|abs|file|dir|directory|folder|output|out|input|source|src|dest|destination|target|save|download|upload|export|import|image|video|audio|screenshot|log|config|project|workspace|repo|repository|root|base|working|sql|csv|json|html|pdf|db|database|sqlite|script|key|cert|archive|report|trace|apk|app|executable|binary|attachment|media|scene|data|snapshot|manifest|kubeconfig|request|response|cwd|git|worktree|results|ipa|artifact|baseline|storage)?(?:file|dir|directory|folder)?(?:path|paths|filepath|filepaths|filename)|cwd|workingdir|workingdirectory|workdir|outputdir|outputdirectory|outdir|outputfile|inputfile|inputfiles|savedir|saveto|savelocation|localfile|localfiles|directory|directories|dir|outputfolder|workspaceroot|projectroot|rootdir|projectdir|projectdirectory|basedir|targetdir|targetdirectory|filepaths|absolutepaths|sourcefile|destfile|destination|source|file|files|folder|dirpath|localdir|uploadfile|kubeconfig|directorypath|worktree|csvfile|logfile|tempdir|downloaddir|downloaddirectory)$/
const pathHomonyms =
  /^(?:source|destination|file|files|folder|path|paths|filename|directory|dir|filepath|filepaths|dirpath|repositorypath|repopath|directories|projectpath|sourcepath|destinationpath|targetpath|datapath|importpath|exportpath|basepath)$/
const localWords =
  /\b(?:local|absolute|relative to (?:the )?(?:cwd|current|working)|on (?:the )?(?:disk|machine|host|file ?system|server)|file ?system|file paths?|path to (?:the |a |an )?(?:local |output |input |image |video |script |directory |folder |\w+ )?(?:file|directory|folder|image|screenshot|repository|repo|video|database)|directory (?:path|to|where|in which)|folder path|where to save|save|download(?:ed)? to|write (?:it )?to|upload from|\/(?:users|home|path|tmp|var)\b|working directory|git repository path|~\/|\.(?:txt|json|csv|png|pdf|apk|ipa|js|ts|py|md)\b)/i
const strongLocalWords =
  /\b(?:absolute|local (?:file|path|disk|machine|director\w+)|on (?:the )?(?:disk|machine|host|local)|file ?system|working directory|where to save|\/(?:users|home|tmp|var)\b)/i
const remoteWords =
  /\b(?:url|uri|api path|endpoint|json ?path|dot[- ]notation|xpath|route|path parameter|bucket|object key|s3|blob|in the repository|in the repo|repository path|repo path|branch|namespace|secret path|folder id|collection|vault path|property path|page path|documentation|git path|project path|full path of the (?:group|project)|namespace path|cell|node path|dropbox|onedrive|sharepoint|remote path|relative to the repo|mailbox|mail folder|email folder|folder name|imap)\b/i

/** Parameters that are paths on the machine the server runs on, not places in a repository or of an address. */
export function pathParameters(subject: Subject, isLocal: boolean): readonly Parameter[] {
  const siblings = new Set(subject.parameters.map(each => each.folded))
  const isRepository = [
    'owner',
    'repo',
    'ref',
    'branch',
    'projectid',
    'repository',
    'repositoryid',
    'bucket',
    'bucketname',
    'secretpath',
    'siteid',
    'driveid',
    'environmentslug',
  ].some(each => siblings.has(each))
  const isRemote =
    /\b(?:remote (?:server|host|machine|system|path)|over ssh|sandbox\w*|in-memory|isolated environment|sftp|container)\b/i.test(
      `${subject.name.replaceAll(/[_-]/g, ' ')} ${subject.description.slice(0, 300)}`,
    )
  const isOnDisk =
    /\b(?:to|on|from) (?:the |a )?(?:local )?disk\b|\blocal (?:file|path|disk|machine|director\w+)\b/i.test(
      subject.description.slice(0, 300),
    )
  return subject.parameters.filter(each => {
    if (each.choices.length > 0) return false
    if (isRemote && !/\blocal|^local/i.test(`${each.name} ${each.description}`)) return false
    const isSaid =
      /\b(?:absolute|local|file) (?:file )?paths?\b/i.test(each.description) &&
      !remoteWords.test(each.description) &&
      each.depth < 2
    const isFile = /[a-z](?:File|_file|-file)s?$/.test(each.name)
    if (!pathNames.test(each.folded)) return (isSaid || isFile) && isTextual(each)
    if (each.types.length > 0 && !each.types.some(type => type === 'string' || type === 'array')) return false
    const isPlain = pathHomonyms.test(each.folded)
    if (!isPlain) return !/\b(?:url path|api path)\b/i.test(each.description)
    if (strongLocalWords.test(each.description) || isOnDisk) return true
    if (isRepository) return false
    const hasId =
      !isLocal &&
      subject.parameters.some(other => other.depth === 0 && other.folded.length > 2 && other.folded.endsWith('id'))
    if (hasId && !/upload|download|attach|save/i.test(subject.name)) return false
    if (localWords.test(each.description)) return true
    if (remoteWords.test(each.description)) return false
    const text = `${subject.name.replaceAll(/[_-]/g, ' ')} ${subject.description.slice(0, 400)}`
    const aboutFiles = /\b(?:file|files|directory|directories|folder|path)\b/i.test(text)
    if (remoteWords.test(text) && !isLocal) return false
    return each.folded === 'path' || each.folded === 'paths' ? isLocal || aboutFiles : isLocal && aboutFiles
  })
}

function isTextual({ types }: Parameter): boolean {
  return types.length === 0 || types.includes('string') || types.includes('array')
}

const savingNames =
  /^(?:output|out|save|dest|destination|download|export|screenshot|target|trace|filename|result|report|local|snapshot)|(?:outputpath|savepath|outputdir|saveto)$/
const savingWords =
  /\b(?:sav(?:e|ed|ing)|writ(?:e|ten|ing)|output|download(?:ed)?|stor(?:e|ed)|export(?:ed)?|destination)\b/i

/** Paths that something is written to. */
export function savingParameters(paths: readonly Parameter[]): readonly Parameter[] {
  return paths.filter(each => savingNames.test(each.folded) || savingWords.test(each.description))
}

const urlNames =
  /^(?:url|urls|uri|uris|href|links?|website|site|domain|host|hostname|remotehost|sshhost|endpoint|(?:source|target|db|database)?connectionstring|dsn|ip|ipaddress|address|targets?|remote|proxy|destination|repo|repository)$|(?:zip|tarball|source|src|file|import|download|repo|repository|git|clone|media|image|video|audio|pdf|feed|rss|spec|openapi|swagger|schema|attachment|package|archive|template|dataset|csv|rest|base|connection|server|instance|api|rpc|proxy|target|page|site|website|web|start|starting|seed|input|document|entrypoint|origin|profile|post|company|screenshot|host|webhook|callback|redirect)(?:url|urls|uri|uris|endpoint|host|hostname)$/
/** Kept with an entry, shown or called back later; nobody goes there now. */
const storedUrlNames =
  /^(?:links?|address|homepage|website)$|(?:webhook|callback|redirect|notification|notify|status|return|cancel|success|failure|logo|avatar|icon|homepage|privacy|terms|support|docs|profile|portfolio|linkedin|thumbnail|canonical|tracking|delivery)(?:url|urls|uri|uris)?$/
const urlHomonyms =
  /^(?:domain|host|hostname|address|targets?|remote|ip|ipaddress|links?|site|website|endpoint|uris?|destination|repo|repository)$/
const contactWords =
  /\b(?:url|uri|https?|web ?site|web ?page|hostname|fetch|connect(?:s|ion)? to|ip address|reachable|crawl|scrape|ping|navigate|host(?:name)? (?:to|of))\b/i
/** Places the server takes something from or talks to, whatever it does with it. */
const sourceUrlNames =
  /(?:zip|tarball|source|src|file|import|download|repo|repository|git|clone|pdf|feed|spec|openapi|attachment|package|archive|template|dataset|csv|rest|connection|server|rpc|proxy|database|db|jdbc)(?:url|urls|uri|uris|endpoint)$|connectionstring$|^dsn$/
const connectionNames =
  /(?:^|rest|base|server|api|instance|connection)(?:url|uri|endpoint|host|hostname)$|^(?:sshhost|remotehost)$/
/** Arguments beside which a host is one to log in to. */
const loginNames = /^(?:port|username|user|password|token|privatekey|privatekeypath|keyfile|identityfile|\w*resttoken)$/
const filtering = /^(?:filters?|filter by|only|match|search)\b/i

/** A parameter that is an address. */
export interface UrlParameter {
  readonly parameter: Parameter
  /** The tool's verb goes there. */
  readonly isContacted: boolean
  /** The server logs in there or takes something from there, whatever the verb is. */
  readonly isSource: boolean
}

/** Parameters that are addresses. */
export function urlParameters(subject: Subject): readonly UrlParameter[] {
  const found: UrlParameter[] = []
  let about: Readonly<Record<'request' | 'visit' | 'taking', boolean>> | undefined
  for (const parameter of subject.parameters) {
    const { folded, description, types, depth, pointer } = parameter
    if (!urlNames.test(folded) || parameter.choices.length > 0 || depth > 2) continue
    if (types.length > 0 && !types.some(type => type === 'string' || type === 'array')) continue
    if (filtering.test(description)) continue
    const siblings = pointer.slice(0, pointer.lastIndexOf('/') + 1)
    const isLogin =
      connectionNames.test(folded) &&
      subject.parameters.some(
        each => loginNames.test(each.folded) && each.pointer.startsWith(siblings) && each.depth === depth,
      )
    if (depth > 1 && !isLogin) continue
    if (urlHomonyms.test(folded) && !isLogin && !contactWords.test(description)) continue
    about ??= aboutAddresses(subject)
    const isStored = storedUrlNames.test(folded)
    const isGoal =
      /\burls? (?:to (?:send|post|publish|call|request|fetch|import|download)|of the (?:file|image|repo))/i.test(
        description,
      )
    const isSource =
      isLogin ||
      isGoal ||
      (!isStored && (about.request || about.taking || (sourceUrlNames.test(folded) && depth === 0)))
    found.push({ parameter, isContacted: isSource || (!isStored && about.visit), isSource })
  }
  return found
}

/** What a text says of addresses: requests are made, something is taken from there, or a place is visited. */
function aboutAddresses(subject: Subject): Readonly<Record<'request' | 'visit' | 'taking', boolean>> {
  const head = `${subject.name.replaceAll(/[_-]/g, ' ')} ${subject.description.slice(0, 300)}`
  return {
    request: /\b(?:http|https|rest) (?:\w+ )?requests?\b|\bfetch(?:es)? (?:a |an |the )?url/i.test(subject.description),
    visit: goesThere(subject),
    taking:
      /\b(?:(?:import|install|upload|ingest|clone|sideload)\w*\b[^.]{0,60}\b(?:from|by|via) (?:a |an |the )?(?:\w+ ){0,3}urls?|(?:create|deploy|build|clone)\w*\b[^.]{0,60}\bfrom (?:a |an |the )?(?:\w+ ){0,2}repo(?:sitory)?)\b/i.test(
        head,
      ),
  }
}

/** Whether the text speaks of going to an address. */
function goesThere(subject: Subject): boolean {
  const text = `${subject.name.replaceAll(/[_-]/g, ' ')} ${subject.title} ${subject.description.slice(0, 500)}`
  return /\b(?:fetch\w*|scrap\w*|crawl\w*|navigat\w*|brows\w*|open(?:s|ing)?|visit\w*|goto|go to|download\w*|screenshot\w*|request\w*|curl|http|https|load\w*|read(?:s|ing)?|extract\w*|import\w*|clon\w*|connect\w*|ping\w*|probe\w*|resolv\w*|scan\w*|audit\w*|analy\w*|map(?:s|ping)?|summari\w*|transcri\w*|convert\w*|ingest\w*|upload\w*|render\w*|launch\w*|new tab|new page|check\w*|test\w*|lookup|whois|dns|ssl|capture\w*|parse\w*|describe\w*|tab|page|call(?:s|ing)?)\b/i.test(
    text,
  )
}

const secretNames =
  /(?:password|passwd|passphrase|passcode|^pwd|secret|secrets|secretvalue|secretkey|secretstring|apikeys?|accesskey(?:id)?|(?:access|refresh|auth|bearer|api|bot|session|identity|personal)token|authorization|creds|credentials?|privatekey|connectionstring|connectionuri|mnemonic|seedphrase|signingkey|encryptionkey|masterkey|servicekey|servicerolekey|licensekey|sshkey|authkey|cookies?|kubeconfigcontent|recoverycode|^totp|^otp|otpcode|^pin|^jwt|^dsn|^pat)$/
const secretHomonyms = /^(?:pin|cookies?|secrets?|credentials?|accesskeyid|dsn|pat|otp)$/
const notSecret =
  /\b(?:page|pagination|cursor|next|continuation|sync|max(?:imum)?|cancellation|progress|contract|erc-?20|crypto|coin|symbol|ticker|mint|swap|trading|usdc|weth|design|csrf|lexer|device|push|id of|ids? of|name of|uuid|include|whether|enable|number of|confirmation|fcm|snapshot|resume|delta|skip)\b/i
/** Before `token` these make it a credential; `page`, `folder`, `contract` and most other words do not. */
const credentialWords = new Set(
  'access refresh auth oauth authentication authorization bearer api rest bot session identity personal admin user deploy service secret jwt login security account webhook'.split(
    ' ',
  ),
)
const variableValues =
  /^(?:value|values|variables?|vars|env|envvars|environment|environmentvariables|config|configvars)$/

/** Parameters that are credentials. */
export function secretParameters(subject: Subject): readonly Parameter[] {
  const name = subject.name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[_.-]/g, ' ')
  const isStored = !/^(?:\w+ )?(?:get|list|delete|read|search|remove|unset)\b/i.test(name)
  const keepsSecrets = isStored && /\bsecrets?\b/i.test(name)
  const keepsVariables =
    isStored &&
    /\b(?:env|environment|variables?|vars?|config vars?)\b/i.test(name) &&
    (/\b(?:secrets?|sensitive|masked|credentials?|api keys?|tokens?|connection strings?)\b/i.test(
      subject.description,
    ) ||
      subject.parameters.some(each => /^(?:masked|sensitive|secret|issecret|encrypted)$/.test(each.folded)))
  return subject.parameters.filter(each => {
    if (each.types.includes('boolean') || each.types.includes('integer') || each.types.includes('number')) return false
    if (each.choices.length > 0) return false
    if (secretNames.test(each.folded)) {
      if (secretHomonyms.test(each.folded)) return !notSecret.test(each.description)
      return !/\b(?:id|name) of (?:the )?(?:secret|key|credential)/i.test(each.description)
    }
    if (each.words.at(-1)?.text === 'token') return isSecretToken(each, subject)
    if (keepsSecrets && /^(?:value|secretvalue|values|data|text|content)$/.test(each.folded)) return true
    if (keepsVariables && variableValues.test(each.folded)) return true
    return (
      /^(?:headers?|extraheaders|extrahttpheaders|customheaders|httpheaders|requestheaders)$/.test(each.folded) &&
      /\b(?:authori[sz]ation|bearer|api[- ]?key|token)\b/i.test(each.description)
    )
  })
}

function isSecretToken({ words, description, pointer }: Parameter, subject: Subject): boolean {
  const before = words.at(-2)?.text
  if (before !== undefined && credentialWords.has(before)) return !/\b(?:pagination|page|cursor)\b/i.test(description)
  const isInside = /\/(?:\w*creds|credentials?|auth|authentication)\/properties\/token$/i.test(pointer)
  if (isInside) return true
  const own =
    /\b(?:api|auth\w*|access|bearer|secret|credential|login|logs? in|logging in|signs? in|session|personal)\b/i
  if (description !== '' || before !== undefined) return own.test(description) && !notSecret.test(description)
  const about = subject.description.slice(0, 300)
  return own.test(about) && !notSecret.test(about)
}

const amountNames =
  /^(?:amount|amountin|amountout|amounts|value|valueeth|amountineth|sum|total|totalamount|price|limitprice|stopprice|quantity|qty|size|ordersize|notional|stake|wager|bid|bidamount|maxprice|cost|lamports|wei|fee|tip|leverage|collateral|shares|amountinwei|amountusd|quoteorderqty|unitamount|payamount|budget)$/
const strongAmounts =
  /^(?:amount|amountin|amountout|amounts|amountineth|lamports|wei|notional|totalamount|amountinwei|amountusd|bidamount|payamount|quoteorderqty|leverage)$/

/** Parameters that say how much money or how many units of an asset. */
export function amountParameters(subject: Subject): readonly Parameter[] {
  const hasCurrency = subject.parameters.some(each =>
    /^(?:currency|currencycode|asset|symbol|tokenaddress|coin|side|ordertype)$/.test(each.folded),
  )
  return subject.parameters.filter(
    each => strongAmounts.test(each.folded) || (hasCurrency && amountNames.test(each.folded)),
  )
}

const recipientNames =
  /^(?:to|cc|bcc|recipient|recipients|toemail|emailto|toaddress|tonumber|phone|phonenumber|phonenumbers|chatid|channel|channelid|channelname|userid|email|emails|attendees|guests|invitees|participants|destinationnumber|customer|sendto|audience|threadts|roomid|conversationid)$|(?:recipients?|emails?|emailaddress|emailaddresses|attendees|invitees|phonenumbers?)$/

/** Parameters that say to whom something goes. */
export function recipientParameters(subject: Subject): readonly Parameter[] {
  return subject.parameters.filter(each => recipientNames.test(each.folded))
}

const choiceNames =
  /^(?:action|actions|operation|operations|op|command|cmd|mode|method|subcommand|verb|operationtype|actiontype|task|tool|kind|commandtype|type|event|state|requesttype|httpmethod|do|function|api)$/

/** Parameters whose value may choose what the tool does. The caller judges the values. */
export function choiceParameters(subject: Subject): readonly Parameter[] {
  return subject.parameters.filter(each => choiceNames.test(each.folded) && each.choices.length > 1 && each.depth <= 1)
}
