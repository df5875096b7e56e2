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
  const isRemote = /\b(?:remote (?:server|host|machine|system|path)|over ssh|sandbox|sftp|container)\b/i.test(
    `${subject.name.replaceAll(/[_-]/g, ' ')} ${subject.description.slice(0, 300)}`,
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
    if (strongLocalWords.test(each.description)) return true
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
  /^(?:url|urls|uri|uris|href|link|links|website|site|domain|host|hostname|endpoint|baseurl|targeturl|pageurl|websiteurl|imageurl|fileurl|sourceurl|videourl|audiourl|documenturl|pdfurl|starturl|startingurl|seedurl|seedurls|feedurl|rssurl|apiurl|specurl|openapiurl|schemaurl|mediaurl|inputurl|serverurl|repourl|giturl|cloneurl|proxyurl|remoteurl|remote|connectionstring|connectionuri|dsn|ip|ipaddress|address|target|targets|webhookurl|callbackurl|downloadurl|originurl|profileurl|posturl|companyurl|giturl|repositoryurl|importurl|swaggerurl|screenshoturl|entrypointurl|imageurls|siteurl|rpcurl|proxy)$/
const storedUrlNames =
  /^(?:webhookurl|callbackurl|redirecturl|redirecturi|logourl|avatarurl|homepage|website|link|links|address|proxy)$/
const urlHomonyms =
  /^(?:domain|host|hostname|address|target|targets|remote|ip|ipaddress|link|links|site|website|endpoint|uri|uris)$/
const contactWords =
  /\b(?:url|uri|https?|web ?site|web ?page|hostname|fetch|connect(?:s|ion)? to|ip address|reachable|crawl|scrape|ping|navigate|host(?:name)? (?:to|of))\b/i

/** Parameters that are addresses. `isContacted` says whether the tool's verb goes there. */
export function urlParameters(subject: Subject): readonly { parameter: Parameter; isContacted: boolean }[] {
  const found: { parameter: Parameter; isContacted: boolean }[] = []
  for (const parameter of subject.parameters) {
    if (!urlNames.test(parameter.folded) && !/(?:base|server|endpoint|host|instance|api)url$/.test(parameter.folded))
      continue
    if (parameter.depth > 1) continue
    if (parameter.choices.length > 0) continue
    if (parameter.types.length > 0 && !parameter.types.some(type => type === 'string' || type === 'array')) continue
    if (urlHomonyms.test(parameter.folded) && !contactWords.test(parameter.description)) continue
    found.push({ parameter, isContacted: !storedUrlNames.test(parameter.folded) && goesThere(subject) })
  }
  return found
}

/** Whether the text speaks of going to an address. */
function goesThere(subject: Subject): boolean {
  const text = `${subject.name.replaceAll(/[_-]/g, ' ')} ${subject.title} ${subject.description.slice(0, 500)}`
  return /\b(?:fetch\w*|scrap\w*|crawl\w*|navigat\w*|brows\w*|open(?:s|ing)?|visit\w*|goto|go to|download\w*|screenshot\w*|request\w*|curl|http|https|load\w*|read(?:s|ing)?|extract\w*|import\w*|clon\w*|connect\w*|ping\w*|probe\w*|resolv\w*|scan\w*|audit\w*|analy\w*|map(?:s|ping)?|summari\w*|transcri\w*|convert\w*|ingest\w*|upload\w*|render\w*|launch\w*|new tab|new page|check\w*|test\w*|lookup|whois|dns|ssl|capture\w*|parse\w*|describe\w*|tab|page|call(?:s|ing)?)\b/i.test(
    text,
  )
}

const secretNames =
  /^(?:(?:user|admin|db|database|root|new|old|current|master|vault|account|client|app|bot|service|secret|private|signing|encryption|bearer|refresh|access|api|auth|authentication|oauth|session|personal|security|ssh|webhook|login|login|aws|github|registry|wallet|keystore|certificate|smtp|imap|ftp|proxy|basic|item|org)*(?:password|passwd|passphrase|pwd|secret|secrets|secretvalue|secretkey|apikey|apikeys|accesskey|accesskeyid|accesstoken|refreshtoken|authtoken|bearertoken|apitoken|bottoken|sessiontoken|authorization|credential|credentials|privatekey|clientsecret|connectionstring|connectionuri|mnemonic|seedphrase|signingkey|encryptionkey|cookie|cookies|totp|otp|pin|jwt|dsn|sshkey|passcode|pat|idtoken|servicerolekey|webhooksecret|secretaccesskey|httpcredentials|masterkey|sshprivatekey|kubeconfigcontent|servicekey|licensekey|recoverycode|secretstring)|token)$/
const secretHomonyms = /^(?:token|pin|cookies?|secrets?|credentials?|accesskeyid|dsn|pat|otp)$/
const notSecret =
  /\b(?:page|pagination|cursor|next|continuation|sync|max(?:imum)?|cancellation|progress|contract|erc-?20|crypto|coin|symbol|ticker|mint|swap|trading|usdc|weth|design|csrf|lexer|device|push|id of|ids? of|name of|uuid|include|whether|enable|number of|confirmation|fcm|snapshot|resume|delta|skip)\b/i

/** Parameters that are credentials. */
export function secretParameters(subject: Subject): readonly Parameter[] {
  return subject.parameters.filter(each => {
    if (each.types.includes('boolean') || each.types.includes('integer') || each.types.includes('number')) return false
    if (!secretNames.test(each.folded)) {
      const isValueOfSecret =
        /^(?:value|secretvalue|values|data|text|content)$/.test(each.folded) &&
        /\bsecrets?\b/i.test(subject.name.replaceAll(/[_-]/g, ' ')) &&
        !/^(?:get|list|delete|read|search)/i.test(subject.name)
      const isHeader =
        /^(?:headers?|extraheaders|extrahttpheaders|customheaders|httpheaders|requestheaders)$/.test(each.folded) &&
        /\b(?:authori[sz]ation|bearer|api[- ]?key|token)\b/i.test(each.description)
      return isValueOfSecret || isHeader
    }
    if (!secretHomonyms.test(each.folded))
      return !/\b(?:id|name) of (?:the )?(?:secret|key|credential)/i.test(each.description)
    const text = `${each.description} ${subject.description.slice(0, 300)}`
    if (each.folded === 'token')
      return (
        !notSecret.test(text) &&
        /\b(?:api|auth\w*|access|bearer|secret|credential|login|session|personal)\b/i.test(text)
      )
    return !notSecret.test(each.description)
  })
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
  /^(?:to|cc|bcc|recipient|recipients|toemail|emailto|toaddress|tonumber|phone|phonenumber|phonenumbers|chatid|channel|channelid|channelname|userid|email|emails|attendees|guests|invitees|participants|destinationnumber|customer|sendto|audience|threadts|roomid|conversationid)$/

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
